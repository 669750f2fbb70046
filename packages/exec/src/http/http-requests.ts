import type { Readable } from "node:stream";

import type { OutboundResponse, RequestClient } from "@switchboard/client";
import { isHttpToken, type RpcError, SwitchboardError } from "@switchboard/protocol";

import { base64 } from "../decode/base64.js";
import { Exchange } from "./exchange.js";
import { bodyFailure, brokenBody, internal, sendFailure } from "./failures.js";
import type { BodyDelta, HttpRequestParams, HttpRequestResult } from "./messages.js";
import { invalid, requestHeaders } from "./request-headers.js";
import { shownUrl } from "./request-url.js";
import { pieces, readBody } from "./response-body.js";

/** Most bytes of a body that is answered in one piece; a larger one has to be streamed. */
const maxBufferedBytes = 256 * 1024 * 1024;

/** What {@link HttpRequests} is made from. */
export interface HttpRequestsOptions {
  /** The door that the requests leave through. Its owner closes it. */
  readonly client: RequestClient;
  /** The variables that headers may name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes the pieces of streamed bodies. While a promise that it returned is pending, no more is read. */
  readonly onBodyDelta: (delta: BodyDelta) => void | Promise<void>;
}

/** The HTTP requests of one connection. Failures are {@link RpcError}s. */
export class HttpRequests {
  readonly #options: HttpRequestsOptions;
  readonly #exchanges = new Set<Exchange>();
  /** The ids of the bodies that are being streamed. */
  readonly #streams = new Set<string>();
  #isClosed = false;

  constructor(options: HttpRequestsOptions) {
    this.#options = options;
  }

  /**
   * `http/request`. The signal ends it until it is answered, {@link HttpRequests.close} also afterwards.
   *
   * @param afterReply runs its argument when the answer is on its way to the client: deltas follow it.
   */
  async request(
    params: HttpRequestParams,
    signal: AbortSignal,
    afterReply: (begin: () => void) => void = setImmediate,
  ): Promise<HttpRequestResult> {
    if (this.#isClosed) throw closedFailure();
    const { requestId } = params;
    const isStreamed = params.streamResponse ?? false;
    if (isStreamed) {
      if (this.#streams.has(requestId)) {
        throw invalid(`http/request streamResponse requestId \`${requestId}\` is already active`);
      }
      this.#streams.add(requestId);
    }
    const exchange = new Exchange(params.timeoutMs ?? undefined);
    this.#exchanges.add(exchange);
    let isHandedOver = false;
    try {
      exchange.follow(signal);
      const response = await this.#send(params, exchange);
      if (!isStreamed) {
        const body = await collect(response.body);
        return answer(response, body.toString("base64"));
      }
      exchange.unfollow();
      isHandedOver = true;
      afterReply(() => void this.#stream(requestId, response.body, exchange));
      return answer(response, "");
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.#isClosed ? closedFailure() : error;
    } finally {
      if (!isHandedOver) this.#forget(requestId, isStreamed, exchange);
    }
  }

  /** Aborts everything under way. Nothing is told after this. */
  close(): void {
    this.#isClosed = true;
    for (const exchange of this.#exchanges) exchange.abort(closedFailure());
  }

  async #send(params: HttpRequestParams, { signal }: Exchange): Promise<OutboundResponse> {
    const { method, timeoutMs } = params;
    if (!isHttpToken(method)) throw invalid("http/request method is invalid: invalid HTTP method");
    const shown = shownUrl(params.url);
    const headers = requestHeaders(params.headers ?? [], this.#options.environment);
    const body = typeof params.bodyBase64 === "string" ? base64(params.bodyBase64) : undefined;
    if (timeoutMs === 0) throw internal("http/request failed: route-aware request timed out");
    try {
      return await this.#options.client.send({
        method,
        url: params.url,
        headers,
        owner: {},
        path: "exec-http",
        ...(body === undefined || body.length === 0 ? {} : { body }),
        redirect: params.redirectPolicy ?? "follow",
        signal,
        headersTimeoutMs: 0,
        bodyTimeoutMs: 0,
      });
    } catch (error) {
      throw sendFailure(error, shown);
    }
  }

  async #stream(requestId: string, body: Readable, exchange: Exchange): Promise<void> {
    let seq = 0;
    let error: string | null = null;
    try {
      for await (const chunk of body) {
        for (const piece of pieces(chunk)) {
          seq++;
          const delta = { requestId, seq, deltaBase64: piece.toString("base64"), done: false, error: null };
          const isHeard = await this.#tell(delta);
          if (!isHeard) return this.#forget(requestId, true, exchange);
        }
      }
    } catch {
      error = brokenBody;
    }
    // Before the end is told: the client may use the id again at once.
    this.#forget(requestId, true, exchange);
    await this.#tell({ requestId, seq: seq + 1, deltaBase64: "", done: true, error });
  }

  /** Hands a delta over; false when nobody is there to take it. */
  async #tell(delta: BodyDelta): Promise<boolean> {
    if (this.#isClosed) return false;
    try {
      await this.#options.onBodyDelta(delta);
      return true;
    } catch {
      return false;
    }
  }

  #forget(requestId: string, isStreamed: boolean, exchange: Exchange): void {
    exchange.end();
    this.#exchanges.delete(exchange);
    if (isStreamed) this.#streams.delete(requestId);
  }
}

async function collect(body: Readable): Promise<Buffer> {
  try {
    return await readBody(body, maxBufferedBytes);
  } catch (error) {
    const isTooLarge = error instanceof SwitchboardError && error.code === "body_too_large";
    throw bodyFailure(isTooLarge ? `${error.message}; ask for it with streamResponse` : brokenBody);
  }
}

function answer({ status, headerList }: OutboundResponse, bodyBase64: string): HttpRequestResult {
  return { status, headers: headerList.map(([name, value]) => ({ name, value })), bodyBase64 };
}

function closedFailure(): RpcError {
  return internal("http/request failed: the connection was closed");
}
