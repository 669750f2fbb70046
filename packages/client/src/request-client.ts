import type { Readable } from "node:stream";

import { messageOf, SwitchboardError } from "@switchboard/protocol";

import type { Pools } from "./dispatcher.js";
import { encodeHeaderValue } from "./encode-header-value.js";
import type { NetworkOptions } from "./network.js";

/** Header names in lower case with their values. */
export type Headers = Readonly<Record<string, string>>;

/** Headers in order, for names that repeat; names in lower case. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

/** How much of the owner a destination may see. */
export type Exposure =
  /** Everything: our model provider, ChatGPT back ends, analytics. */
  | "full"
  /** Only the User-Agent. */
  | "user-agent"
  /** Nothing: third parties. */
  | "none";

/** One request that leaves the process. */
export interface OutboundRequest {
  /** Any token of HTTP; its case is kept. */
  readonly method: string;
  readonly url: string;
  /** The request's own headers; a name given here wins over the owner's. A `cookie` given here goes out as it is. */
  readonly headers: Headers | HeaderList;
  /** The headers of the owner, built once when the work started. */
  readonly owner: Headers;
  readonly exposure: Exposure;
  /** A stream is read as fast as the connection takes it; it cannot be sent again after a redirect. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether redirects are followed, at most ten, or given back as they are. Default: `stop`. */
  readonly redirect?: "follow" | "stop";
  /** Ask for a compressed answer and decode it. Default: false; then the bytes come as they were sent. */
  readonly decompress?: boolean;
  /** Most bytes of the answer's body, after decoding; over that reading fails with `body_too_large`. Default: no limit. */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds until the answer's headers must be there. 0: no limit. */
  readonly headersTimeoutMs: number;
  /** Longest silence in milliseconds while the answer's body arrives. 0: no limit. */
  readonly bodyTimeoutMs: number;
}

/** An answer. Its reader owns the body and must read, dump or destroy it. */
export interface OutboundResponse {
  readonly status: number;
  /** The URL that answered, after redirects. */
  readonly url: string;
  /** Names in lower case; a repeated header is joined by commas. */
  readonly headers: Headers;
  /** All headers in the order they came, repeated ones one by one. Values are UTF-8 decoded. */
  readonly headerList: HeaderList;
  readonly body: Readable & { dump(): Promise<void> };
}

/** What is noted of each request, before it is answered: whose name went where. No query, no secrets. */
export interface OutboundRecord {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly originator: string | undefined;
  readonly userAgent: string | undefined;
}

/** What a {@link RequestClient} is made from. */
export interface RequestClientOptions {
  readonly network?: NetworkOptions;
  /** Takes the record of every request that leaves. */
  readonly onRequest?: (record: OutboundRecord) => void;
}

/** The one door through which HTTP requests leave the process. */
export interface RequestClient {
  /**
   * Sends a request. Any status is an answer; redirects are not followed.
   *
   * @throws {@link SwitchboardError} with the code `connect_failed` (the host was never reached),
   *   `connection_lost`, `headers_timeout` or `invalid_request`; the signal's reason when it aborted.
   */
  send(request: OutboundRequest): Promise<OutboundResponse>;
  /** Aborts what is under way and closes all connections. */
  close(): Promise<void>;
}

/**
 * Makes a request client. All its requests share a pool of keep-alive connections; headers go with each
 * request, so requests of different owners can use one connection one after another.
 */
export function createRequestClient({ network = {}, onRequest }: RequestClientOptions = {}): RequestClient {
  let pools: Promise<Pools> | undefined;
  let closed = false;
  return {
    async send(request) {
      const { method, body, signal, headersTimeoutMs, bodyTimeoutMs } = request;
      const url = parseUrl(request.url);
      signal?.throwIfAborted();
      if (closed) {
        throw new SwitchboardError({ code: "connection_lost", message: "the request client is closed" });
      }
      const headers = { ...request.headers, ...visibleOwner(request) };
      onRequest?.({
        method,
        origin: url.origin,
        path: url.pathname,
        originator: headers["originator"],
        userAgent: headers["user-agent"],
      });
      pools ??= import("./dispatcher.js").then(({ openPools }) => openPools(network));
      const opened = await pools;
      try {
        const response = await opened.for(url.protocol).request({
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: Object.entries(headers).flatMap(([name, value]) => [name, encodeHeaderValue(value)]),
          body: body ?? null,
          ...(signal === undefined ? {} : { signal }),
          headersTimeout: headersTimeoutMs,
          bodyTimeout: bodyTimeoutMs,
        });
        return { status: response.statusCode, headers: joinHeaders(response.headers), body: response.body };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw transportError(error, url.origin);
      }
    },
    async close() {
      closed = true;
      await (await pools)?.destroy();
    },
  };
}

function parseUrl(text: string): { origin: string; pathname: string; search: string; protocol: "http:" | "https:" } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol;
  if (url !== undefined && (protocol === "http:" || protocol === "https:")) {
    return { origin: url.origin, pathname: url.pathname, search: url.search, protocol };
  }
  // Without its query, which may hold keys.
  throw new SwitchboardError({ code: "invalid_request", message: `not an http or https URL: ${text.split("?")[0]}` });
}

/** The owner's headers as far as the destination may see them and the request does not set them itself. */
function visibleOwner({ headers, owner, exposure }: OutboundRequest): Headers {
  if (exposure === "none") return {};
  const vacant = Object.entries(owner).filter(
    ([name]) => !(name in headers) && (exposure === "full" || name === "user-agent"),
  );
  return Object.fromEntries(vacant);
}

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = typeof value === "string" ? value : value.join(", ");
  }
  return joined;
}

/** Errors of the network stack by what they mean to a caller: was the host reached at all? */
const neverReached = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function transportError(error: unknown, origin: string): SwitchboardError {
  const stackCode = errorCode(error);
  const details = { cause: error, isRetryable: true };
  if (stackCode === "UND_ERR_INVALID_ARG") {
    return new SwitchboardError({ code: "invalid_request", message: messageOf(error), cause: error });
  }
  if (stackCode === "UND_ERR_HEADERS_TIMEOUT") {
    return new SwitchboardError({
      code: "headers_timeout",
      message: `${origin} did not answer in time`,
      ...details,
    });
  }
  const code = stackCode !== undefined && neverReached.has(stackCode) ? "connect_failed" : "connection_lost";
  return new SwitchboardError({
    code,
    message: `error sending request to ${origin}: ${stackCode ?? messageOf(error)}`,
    ...details,
  });
}

/** The code of an error of Node or undici, for example `ECONNREFUSED` or `UND_ERR_BODY_TIMEOUT`. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
