import { Readable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";
import type { Dispatcher } from "undici";

import { cloudflareRefusal, isCloudflareRefusal } from "./cloudflare.js";
import { affinityCookies } from "./cookies/cookie-store.js";
import type { Pools } from "./dispatcher.js";
import { encodeHeaderValue } from "./encode-header-value.js";
import { firstHop, headersOf, recordOf } from "./first-hop.js";
import type { NetworkOptions } from "./network.js";
import { failureOf, meterBody } from "./metered-body.js";
import type { OnOutbound, OutboundRequest, OutboundResponse } from "./outbound.js";
import { nextHop, type Hop } from "./redirects.js";
import { asResponse, discard } from "./response.js";
import { transportError } from "./transport-error.js";

/** What a {@link RequestClient} is made from. */
export interface RequestClientOptions {
  readonly network?: NetworkOptions;
  /** Takes the record of every request that leaves; a redirect that is followed is a request of its own. */
  readonly onRequest?: OnOutbound;
}

/** The one door through which HTTP requests leave the process. */
export interface RequestClient {
  /**
   * Sends a request. Any status is an answer. ChatGPT's hosts get, and may set, the process's affinity
   * cookies (see {@link CookieStore}); a `cookie` header of the request's own goes out instead, as it is.
   *
   * @throws {@link SwitchboardError} with the code `connect_failed` (the host was never reached),
   *   `connection_lost`, `headers_timeout`, `invalid_request`, `too_many_headers`, `too_many_redirects`,
   *   `unsupported_redirect`, `body_not_replayable`, `invalid_proxy` or `cloudflare_refusal`; the signal's reason
   *   when it aborted.
   */
  send(request: OutboundRequest): Promise<OutboundResponse>;
  /** Aborts what is under way and closes all connections. */
  close(): Promise<void>;
}

/**
 * Makes a request client. All its requests share a pool of keep-alive connections; headers go with each
 * request, so requests of different owners can use one connection one after another. The process's one
 * cookie store is part of every client.
 */
export function createRequestClient({ network = {}, onRequest }: RequestClientOptions = {}): RequestClient {
  let pools: Promise<Pools> | undefined;
  let closed = false;

  const sendHop = async (request: OutboundRequest, hop: Hop): Promise<OutboundResponse> => {
    const { signal, headersTimeoutMs, bodyTimeoutMs } = request;
    const { url, method } = hop;
    signal?.throwIfAborted();
    if (closed) throw new SwitchboardError({ code: "connection_lost", message: "the request client is closed" });
    const headers = headersOf(request, hop);
    const onEnd = onRequest?.(recordOf(request, hop, headers));
    try {
      pools ??= import("./dispatcher.js").then(({ openPools }) => openPools(network));
      const asked: Dispatcher.RequestOptions = {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: headers.flatMap(([name, value]) => [name, encodeHeaderValue(value)]),
        body: hop.hasBody ? sendable(request.body) : null,
        ...(signal === undefined ? {} : { signal }),
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyTimeoutMs,
        responseHeaders: "raw",
      };
      const response = await ask((await pools).for(url), asked, signal, ({ body, statusCode }) => {
        if (onEnd !== undefined) meterBody(body, statusCode, onEnd);
      });
      return asResponse(response, url, request);
    } catch (error) {
      if (signal?.aborted) {
        onEnd?.({ status: undefined, receivedBytes: 0, failure: "given_up" });
        throw signal.reason;
      }
      const failure = error instanceof SwitchboardError ? error : transportError(error, url.origin);
      if (failure.code !== "too_many_headers")
        onEnd?.({ status: undefined, receivedBytes: 0, failure: failureOf(failure) });
      throw failure;
    }
  };

  return {
    async send(request) {
      let hop = firstHop(request);
      for (let redirects = 0; ; redirects += 1) {
        const response = await sendHop(request, hop);
        learn(hop.url, response, request);
        const next = request.redirect === "follow" ? follow(hop, response, redirects) : undefined;
        if (next === undefined) return response;
        if (next.hasBody && !isReplayable(request.body)) {
          response.body.destroy();
          throw new SwitchboardError({
            code: "body_not_replayable",
            message: `${hop.url.origin} redirects a request whose body was a stream and cannot be sent again`,
          });
        }
        discard(response.body);
        hop = next;
      }
    },
    async close() {
      closed = true;
      await (await pools)?.destroy();
    },
  };
}

/** Sends one request; `onHeaders` gets the answer before anything of its body has come. */
function ask(
  pool: Dispatcher,
  request: Dispatcher.RequestOptions,
  signal: AbortSignal | undefined,
  onHeaders: (response: Dispatcher.ResponseData) => void,
): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    // The library heeds the signal only once there is a connection. Then it sends nothing, and calls back too late.
    const giveUp = () => reject(signal?.reason);
    if (signal?.aborted === true) return giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    // A promise of the library's would come after the bytes that came with the headers.
    pool.request(request, (error, response) => {
      signal?.removeEventListener("abort", giveUp);
      if (error !== null) return reject(error);
      onHeaders(response);
      resolve(response);
    });
  });
}

/** Takes what an answer says of cookies, before anybody reads its body. */
function learn(
  url: URL,
  { status, headers, headerList, body }: OutboundResponse,
  { failOnCloudflare }: OutboundRequest,
): void {
  if (isCloudflareRefusal(status, headers)) {
    affinityCookies.clear(url.hostname);
    if (failOnCloudflare !== true) return;
    body.destroy();
    throw cloudflareRefusal(url.origin, status, headers);
  }
  if (headers["set-cookie"] === undefined) return;
  affinityCookies.store(
    url,
    headerList.flatMap(([name, value]) => (name === "set-cookie" ? [value] : [])),
  );
}

function follow(hop: Hop, { status, headers, body }: OutboundResponse, redirects: number): Hop | undefined {
  try {
    return nextHop(hop, status, headers["location"], redirects);
  } catch (error) {
    body.destroy();
    throw error;
  }
}

function isReplayable(body: OutboundRequest["body"]): boolean {
  return body === undefined || typeof body === "string" || body instanceof Uint8Array;
}

function sendable(body: OutboundRequest["body"]): string | Uint8Array | Readable | null {
  if (body === undefined) return null;
  return typeof body === "string" || body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}
