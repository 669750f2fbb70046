import { parseCookieDate } from "./cookie-date.js";

/** What a `Set-Cookie` header says, as far as it matters here. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** The `Domain` attribute in lower case without its leading dot; undefined for a cookie of the host alone. */
  readonly domain: string | undefined;
  /** The `Path` attribute, if it is an absolute path. */
  readonly path: string | undefined;
  /** When it ends, in Unix milliseconds; undefined for the end of the process. */
  readonly expiresAtMs: number | undefined;
}

/** Reads a `Set-Cookie` header (RFC 6265, section 5.2). Undefined for one without a name or with a value outside ASCII. */
export function parseSetCookie(header: string, nowMs: number): SetCookie | undefined {
  const [pair = "", ...attributes] = header.split(";");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  const value = pair.slice(equals + 1).trim();
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be in a cookie, TAB excepted
  if (name === "" || /[^\t\u0020-\u007e]/.test(value)) return undefined;
  let domain: string | undefined;
  let path: string | undefined;
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const [key = "", ...rest] = attribute.split("=");
    const text = rest.join("=").trim();
    switch (key.trim().toLowerCase()) {
      case "domain":
        // An empty one says nothing, not even that an earlier one is void.
        domain = text.replace(/^\./, "").toLowerCase() || domain;
        break;
      case "path":
        path = text.startsWith("/") ? text : undefined;
        break;
      case "expires":
        expires = parseCookieDate(text) ?? expires;
        break;
      case "max-age":
        if (/^-?\d+$/.test(text)) maxAge = Number(text);
        break;
    }
  }
  return { name, value, domain, path, expiresAtMs: maxAge === undefined ? expires : endOf(maxAge, nowMs) };
}

/** Max-Age wins over Expires; one that is not positive ends the cookie at once, one that is huge never. */
function endOf(maxAgeSeconds: number, nowMs: number): number {
  if (maxAgeSeconds <= 0) return Number.NEGATIVE_INFINITY;
  return nowMs + Math.min(maxAgeSeconds * 1000, Number.MAX_SAFE_INTEGER);
}
