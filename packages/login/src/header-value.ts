/** CR, LF, NUL and the other control characters but TAB: what RFC 9110, section 5.5 keeps out of a field value. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const illegal = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Whether the text can be sent as a header value. Characters outside ASCII can: they go out as UTF-8. */
export function isLegalHeaderValue(value: string): boolean {
  return !illegal.test(value);
}

/**
 * The text itself if it is legal; else the text with every character outside 0x20–0x7e replaced by an
 * underscore, the legal non-ASCII ones too, as the reference does.
 */
export function sanitizeHeaderValue(value: string): string {
  return isLegalHeaderValue(value) ? value : value.replaceAll(/[^\u0020-\u007e]/gu, "_");
}
