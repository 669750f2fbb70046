import { isAllowedHost, isAllowedName } from "./allowed.js";
import { parseSetCookie } from "./set-cookie.js";

/** A cookie as it is kept. */
interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Sent to the domain's own host alone, not to its subdomains. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly expiresAtMs: number | undefined;
  readonly storedAtMs: number;
}

/** What may be told of a cookie: everything but its value. */
export interface CookieInfo {
  readonly name: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since it was stored. */
  readonly ageMs: number;
  /** Milliseconds until it ends; null for the end of the process. */
  readonly expiresInMs: number | null;
}

/** Most cookies and bytes (names, values, domains and paths) that are kept; over that the oldest go. */
const maxCookies = 512;
const maxBytes = 1024 * 1024;

/** The parts of a URL that matter for cookies. */
interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly pathname: string;
}

/**
 * Cloudflare's infrastructure cookies of ChatGPT's hosts, so that requests of one process reach the same
 * back end. It holds nothing else: what may be kept is checked when a cookie is stored and again when it is
 * sent, by scheme (https), host and name. It lives in memory, is bounded, and ends with the process.
 *
 * Domain, path, expiry and replacement are those of RFC 6265, with one stricter rule: a `Domain` that is not
 * itself one of the allowed hosts (a public suffix, say) drops the cookie.
 */
export class CookieStore {
  readonly #now: () => number;
  readonly #cookies = new Map<string, StoredCookie>();
  #bytes = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes the `Set-Cookie` headers of an answer; what is not allowed is dropped without a trace. */
  store(url: Target, setCookies: readonly string[]): void {
    const host = allowedHost(url);
    if (host === undefined) return;
    for (const header of setCookies) this.#storeOne(host, url.pathname, header);
  }

  /** The `Cookie` header for a request, or undefined when there is nothing to send. */
  headerFor(url: Target): string | undefined {
    if (this.#cookies.size === 0) return undefined;
    const host = allowedHost(url);
    if (host === undefined) return undefined;
    const now = this.#now();
    const pairs: string[] = [];
    for (const [key, cookie] of this.#cookies) {
      if (hasEnded(cookie, now)) this.#remove(key, cookie);
      else if (isAllowedName(cookie.name) && isMeantFor(cookie, host, url.pathname))
        pairs.push(`${cookie.name}=${cookie.value}`);
    }
    return pairs.length === 0 ? undefined : pairs.join("; ");
  }

  /** What is in it, without the values. */
  inspect(): CookieInfo[] {
    const now = this.#now();
    return [...this.#cookies.values()]
      .filter((cookie) => !hasEnded(cookie, now))
      .map((cookie) => ({
        name: cookie.name,
        domain: cookie.domain,
        hostOnly: cookie.hostOnly,
        path: cookie.path,
        bytes: sizeOf(cookie),
        ageMs: now - cookie.storedAtMs,
        expiresInMs: cookie.expiresAtMs === undefined ? null : cookie.expiresAtMs - now,
      }));
  }

  /** Forgets everything, or all that would be sent to a host. */
  clear(host?: string): void {
    for (const [key, cookie] of this.#cookies) {
      if (host === undefined || domainMatches(host.toLowerCase(), cookie)) this.#remove(key, cookie);
    }
  }

  #storeOne(host: string, requestPath: string, header: string): void {
    const now = this.#now();
    const parsed = parseSetCookie(header, now);
    if (parsed === undefined || !isAllowedName(parsed.name)) return;
    const domain = parsed.domain ?? host;
    if (!isAllowedHost(domain) || (host !== domain && !host.endsWith(`.${domain}`))) return;
    const cookie: StoredCookie = {
      name: parsed.name,
      value: parsed.value,
      domain,
      hostOnly: parsed.domain === undefined,
      path: parsed.path ?? defaultPath(requestPath),
      expiresAtMs: parsed.expiresAtMs,
      storedAtMs: now,
    };
    const key = `${cookie.domain} ${cookie.path} ${cookie.name}`;
    const before = this.#cookies.get(key);
    if (before !== undefined) this.#remove(key, before);
    if (hasEnded(cookie, now)) return;
    this.#cookies.set(key, cookie);
    this.#bytes += sizeOf(cookie);
    for (const [oldestKey, oldest] of this.#cookies) {
      if (this.#cookies.size <= maxCookies && this.#bytes <= maxBytes) break;
      this.#remove(oldestKey, oldest);
    }
  }

  #remove(key: string, cookie: StoredCookie): void {
    this.#cookies.delete(key);
    this.#bytes -= sizeOf(cookie);
  }
}

/** The one store of the process. Every request client uses it, and there is no way to give one another. */
export const affinityCookies = new CookieStore();

function allowedHost({ protocol, hostname }: Target): string | undefined {
  const host = hostname.toLowerCase();
  return protocol === "https:" && isAllowedHost(host) ? host : undefined;
}

function hasEnded({ expiresAtMs }: StoredCookie, now: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= now;
}

function isMeantFor(cookie: StoredCookie, host: string, path: string): boolean {
  return domainMatches(host, cookie) && isAllowedHost(cookie.domain) && pathMatches(path, cookie.path);
}

function domainMatches(host: string, { domain, hostOnly }: StoredCookie): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`));
}

/** RFC 6265, section 5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path[cookiePath.length] === "/"))
  );
}

/** The folder of the request's path (RFC 6265, section 5.1.4). */
function defaultPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

function sizeOf({ name, value, domain, path }: StoredCookie): number {
  return name.length + value.length + domain.length + path.length;
}
