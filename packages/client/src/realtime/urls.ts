import { SwitchboardError } from "@switchboard/protocol";

import type { RealtimeVersion } from "./version.js";

/** Where a realtime endpoint is. */
export interface RealtimePlace {
  /** `http:`, `https:`, `ws:` or `wss:`. */
  readonly baseUrl: string;
  readonly version: RealtimeVersion;
  /** The provider's own, added at the end. */
  readonly queryParams: Readonly<Record<string, string>>;
}

/**
 * The URL of the WebSocket of a new conversation. As in the reference a base without a path gets `/v1/realtime`
 * (v3: `/v1/live`), one that ends in `/v1` the last part of it, and any other path stays as it is.
 *
 * @throws SwitchboardError `invalid_request` for a base that is no such URL.
 */
export function realtimeSocketUrl(place: RealtimePlace, model: string): string {
  const url = socketBase(place);
  if (place.version === "v1") url.searchParams.append("intent", "quicksilver");
  url.searchParams.append("model", model);
  return withParams(url, place.queryParams).href;
}

/** Most characters of a call's id. */
const maxCallIdCharacters = 256;

/** Whether something can be a call's id. It becomes a part of a path, which `.` and `..` would change. */
export function isCallId(id: string): boolean {
  return id.length <= maxCallIdCharacters && !["", ".", ".."].includes(id);
}

/**
 * The URL of the WebSocket that joins a call beside the client's own connection to it.
 *
 * @throws SwitchboardError as {@link realtimeSocketUrl} does, and `invalid_request` for what is no {@link isCallId}.
 */
export function sidebandUrl(place: RealtimePlace, callId: string): string {
  if (!isCallId(callId)) {
    throw new SwitchboardError({
      code: "invalid_request",
      message: `a realtime call id has 1 to ${maxCallIdCharacters} characters and is neither "." nor ".."`,
    });
  }
  const url = socketBase(place);
  if (place.version === "v3") {
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${encodeURIComponent(callId)}`;
  } else {
    if (place.version === "v1") url.searchParams.append("intent", "quicksilver");
    url.searchParams.append("call_id", callId);
  }
  return withParams(url, place.queryParams).href;
}

/** How a back end wants a call: ChatGPT's takes JSON, the API a form, and only the API has a path of its own for v3. */
export function isBackEnd(baseUrl: string): boolean {
  return baseUrl.includes("/backend-api");
}

/** The URL that creates a WebRTC call. */
export function realtimeCallUrl({ baseUrl, version, queryParams }: RealtimePlace): string {
  const base = baseUrl.replace(/\/+$/, "");
  const params = new URLSearchParams();
  const isLive = version === "v3" && !isBackEnd(base);
  if (!isLive) {
    params.append("intent", "quicksilver");
    params.append("architecture", "avas");
  }
  for (const [name, value] of Object.entries(queryParams)) params.append(name, value);
  const query = params.toString();
  return `${base}/${isLive ? "live" : "realtime/calls"}${query === "" ? "" : `?${query}`}`;
}

function socketBase({ baseUrl, version }: RealtimePlace): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^(?:http|ws)s?:$/.test(url.protocol)) {
    const what = url === undefined ? "failed to parse realtime api_url" : "unsupported realtime api_url scheme";
    throw new SwitchboardError({
      code: "invalid_request",
      // In the reference the attempt to connect fails so.
      message: `stream disconnected before completion: ${what}: ${url === undefined ? "it is no URL" : url.protocol.slice(0, -1)}`,
    });
  }
  // `ws:` and `http:` are both special schemes, between which a URL may change.
  url.protocol = url.protocol.replace(/^http/, "ws");
  const last = version === "v3" ? "live" : "realtime";
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") url.pathname = `/v1/${last}`;
  else if (path.endsWith("/v1")) url.pathname = `${path}/${last}`;
  return url;
}

function withParams(url: URL, params: Readonly<Record<string, string>>): URL {
  for (const [name, value] of Object.entries(params))
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url;
}
