// oxlint-disable-next-line no-control-regex -- the range is ASCII as such
const ascii = /^[\u0000-\u007f]*$/;

/**
 * A header value as the HTTP and WebSocket libraries want it: characters outside ASCII go out as their
 * raw UTF-8 bytes, and both libraries write a string's characters as single bytes.
 */
export function encodeHeaderValue(value: string): string {
  return ascii.test(value) ? value : Buffer.from(value, "utf8").toString("latin1");
}
