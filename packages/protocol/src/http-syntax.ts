const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const illegal = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Whether the text can be an HTTP method or a header name (RFC 9110, section 5.6.2). */
export function isHttpToken(text: string): boolean {
  return token.test(text);
}

/**
 * Whether the text can be sent as a header value: CR, LF, NUL and the other control characters but TAB are kept
 * out of one (RFC 9110, section 5.5). Characters outside ASCII are not: they go out as UTF-8.
 */
export function isLegalHeaderValue(value: string): boolean {
  return !illegal.test(value);
}
