import { isHttpToken, isLegalHeaderValue, SwitchboardError } from "@switchboard/protocol";

import { affinityCookies } from "./cookies/cookie-store.js";
import type { Exposure, HeaderList, OutboundRecord, OutboundRequest } from "./outbound.js";
import { outboundRules } from "./outbound-path.js";
import type { Hop } from "./redirects.js";
import { acceptedEncodings } from "./response-body.js";
import { basicAuthorization } from "./userinfo.js";

/** A request before any redirect. @throws SwitchboardError `invalid_request`; its text holds no header value and no query. */
export function firstHop({ method, url, headers, body }: OutboundRequest): Hop {
  const parsed = parseUrl(url);
  const list: Array<readonly [string, string]> = asList(headers);
  if (!isHttpToken(method))
    throw new SwitchboardError({ code: "invalid_request", message: `not an HTTP method: ${JSON.stringify(method)}` });
  for (const [name, value] of list) {
    // The library's own words would quote the value, which may be a secret.
    if (!isHttpToken(name))
      throw new SwitchboardError({ code: "invalid_request", message: `not a header name: ${JSON.stringify(name)}` });
    if (!isLegalHeaderValue(value))
      throw new SwitchboardError({ code: "invalid_request", message: `the value of the header ${name} is not legal` });
  }
  const hasAuthorization = list.some(([name]) => name === "authorization");
  const authorization = hasAuthorization ? undefined : basicAuthorization(parsed);
  if (authorization !== undefined) list.push(["authorization", authorization]);
  return { method, url: parsed, headers: list, hasBody: body !== undefined, isAtHome: true };
}

/** The headers of one hop: the request's own, the owner's as far as this place may see them, and cookies. */
export function headersOf(
  { owner, path, decompress }: OutboundRequest,
  { url, headers, isAtHome }: Hop,
): Array<readonly [string, string]> {
  const names = new Set(headers.map(([name]) => name));
  const all = [...headers];
  // Whoever a redirect leads to is somebody else.
  const visible: Exposure = isAtHome ? outboundRules[path].exposure : "none";
  for (const [name, value] of Object.entries(owner)) {
    if (!names.has(name) && visible === "full") all.push([name, value]);
  }
  if (decompress === true && !names.has("accept-encoding")) all.push(["accept-encoding", acceptedEncodings]);
  const cookie = names.has("cookie") ? undefined : affinityCookies.headerFor(url);
  if (cookie !== undefined) all.push(["cookie", cookie]);
  return all;
}

/** Most characters of a path that are noted: some hold what a client or a peer chose. */
const maxPath = 512;

/** Stands in records for a URL's path that may be a secret. */
const hiddenPath = "/…";

/** What is noted of a hop. */
export function recordOf(
  { path, attribution }: Pick<OutboundRequest, "path" | "attribution">,
  { method, url, isAtHome }: Hop,
  headers: HeaderList,
): OutboundRecord {
  const value = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  return {
    kind: path,
    // Whoever a redirect leads to is to learn no name.
    attribution: attribution === undefined || isAtHome ? attribution : { ...attribution, originator: undefined },
    method,
    origin: url.origin,
    path: outboundRules[path].owner === "nobody" ? hiddenPath : url.pathname.slice(0, maxPath),
    originator: value("originator"),
    userAgent: value("user-agent"),
    traceparent: value("traceparent"),
  };
}

function asList(headers: OutboundRequest["headers"]): Array<readonly [string, string]> {
  return isPairs(headers) ? [...headers] : Object.entries(headers);
}

function isPairs(headers: OutboundRequest["headers"]): headers is HeaderList {
  return Array.isArray(headers);
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  // Without its query, which may hold keys.
  throw new SwitchboardError({ code: "invalid_request", message: `not an http or https URL: ${text.split("?")[0]}` });
}
