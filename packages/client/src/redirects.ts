import { SwitchboardError } from "@switchboard/protocol";

import type { HeaderList } from "./outbound.js";

/** A request between two redirects. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
  /** Whether the body goes along. */
  readonly hasBody: boolean;
  /** Whether all hops so far stayed at the origin of the first. */
  readonly isAtHome: boolean;
}

/** Most redirects that are followed. */
const maxRedirects = 10;

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Never follows a request to another origin. */
const secret = new Set(["authorization", "cookie", "proxy-authorization", "www-authenticate"]);

/** Describe a body that a redirect may drop. */
const aboutBody = new Set(["content-type", "content-length", "content-encoding", "transfer-encoding"]);

/**
 * The request that a redirect asks for (RFC 9110, section 15.4), as the reference follows it; undefined for an
 * answer that is no redirect. 301 and 302 turn a POST into a GET and 303 everything but a HEAD; what is secret
 * stays behind when the origin changes.
 *
 * @throws SwitchboardError `too_many_redirects` or `unsupported_redirect`
 */
export function nextHop(hop: Hop, status: number, location: string | undefined, redirects: number): Hop | undefined {
  if (!redirectStatuses.has(status) || location === undefined) return undefined;
  const url = target(location, hop.url);
  if (url === undefined) return undefined;
  if (redirects >= maxRedirects)
    throw new SwitchboardError({ code: "too_many_redirects", message: "too many redirects" });
  const isSameOrigin = url.origin === hop.url.origin;
  const becomesGet = status === 303 ? hop.method !== "HEAD" : status < 303 && hop.method === "POST";
  const keep = ([name]: readonly [string, string]) =>
    name !== "referer" && !(becomesGet && aboutBody.has(name)) && (isSameOrigin || !secret.has(name));
  const referer = refererOf(hop.url, url);
  return {
    method: becomesGet ? "GET" : hop.method,
    url,
    headers: [...hop.headers.filter(keep), ...(referer === undefined ? [] : [["referer", referer] as const])],
    hasBody: hop.hasBody && !becomesGet,
    isAtHome: hop.isAtHome && isSameOrigin,
  };
}

/** Where a redirect leads; undefined for a place that is no URL, whose redirect is an answer like any other. */
function target(location: string, base: URL): URL | undefined {
  if (!URL.canParse(location, base.href)) return undefined;
  const url = new URL(location, base);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  const scheme = url.protocol.slice(0, -1);
  throw new SwitchboardError({
    code: "unsupported_redirect",
    message: `redirect target uses unsupported URL scheme: ${scheme}`,
  });
}

/** The whole URL for the same origin, the origin for another, nothing from https to http. */
function refererOf(from: URL, to: URL): string | undefined {
  if (from.protocol === "https:" && to.protocol === "http:") return undefined;
  if (from.origin !== to.origin) return `${from.origin}/`;
  const bare = new URL(from);
  bare.username = "";
  bare.password = "";
  bare.hash = "";
  return bare.href;
}
