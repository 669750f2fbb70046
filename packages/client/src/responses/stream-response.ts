import { SwitchboardError } from "@switchboard/protocol";

import { backoffMs, pause } from "../backoff.js";
import { readEventStream } from "../event-stream.js";
import type { Attribution, Headers, OutboundResponse } from "../outbound.js";
import type { RequestClient } from "../request-client.js";
import { errorCode } from "../transport-error.js";
import { asResponseEvent, type ResponseEvent, type ResponsesBody } from "./events.js";
import { httpFailure } from "./http-failure.js";
import { failedResponse, incompleteResponse, ModelError, streamDisconnected } from "./model-error.js";

/** One request for a response. */
export interface StreamRequest {
  readonly client: RequestClient;
  /** The whole URL, with the provider's query parameters. */
  readonly url: string;
  /** The request's own headers: the provider's, the protocol's, the credential. */
  readonly headers: Headers;
  /** The owner's headers, captured when the turn started. */
  readonly owner: Headers;
  readonly attribution?: Attribution;
  readonly body: ResponsesBody;
  /** How often a request that got no stream is sent again. */
  readonly requestMaxRetries: number;
  /** Longest silence, in milliseconds, before and during the stream. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Who takes a response while it streams. Calls are synchronous and in order. */
export interface StreamReceiver {
  /** The stream begins; these are the headers of the answer. */
  onHeaders(headers: Headers): void;
  onEvent(event: ResponseEvent): void;
}

/**
 * Asks a model provider for a response (Responses API over HTTP, server-sent events) and hands over its
 * events up to `response.completed`. Requests that got no stream because the connection failed or the
 * server did (5xx) are sent again silently, with the same headers; a stream that broke is not.
 *
 * @throws {@link ModelError}; the signal's reason when it aborted.
 */
export async function streamResponse(request: StreamRequest, receiver: StreamReceiver): Promise<void> {
  const response = await openStream(request);
  let failure: ModelError | undefined;
  // A receiver that fails is a bug of ours and must not look like a broken stream, which would be asked for again.
  let bug: { readonly thrown: unknown } | undefined;
  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (thrown) {
      bug ??= { thrown };
    }
  };
  guarded(() => receiver.onHeaders(response.headers));
  const finished = await readEventStream(response.body, (data) => {
    const event = asResponseEvent(data);
    if (event === undefined) return false;
    if (event.type === "response.failed") failure = failedResponse(event.failure);
    else if (event.type === "response.incomplete") failure = incompleteResponse(event.reason);
    else guarded(() => receiver.onEvent(event));
    return failure !== undefined || bug !== undefined || event.type === "response.completed";
  }).catch((error: unknown) => {
    throw request.signal.aborted ? request.signal.reason : brokenStream(error);
  });
  if (bug !== undefined) throw bug.thrown;
  if (failure !== undefined) throw failure;
  if (request.signal.aborted) throw request.signal.reason;
  if (!finished) throw streamDisconnected("stream closed before response.completed");
}

/** Sends the request until there is a stream, at most `requestMaxRetries` times again. */
async function openStream(request: StreamRequest): Promise<OutboundResponse> {
  const body = JSON.stringify(request.body);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await send(request, body);
    if (!("error" in outcome)) return outcome;
    // An abort may look like a broken connection, or cut an error's body short.
    request.signal.throwIfAborted();
    if (!outcome.resend || attempt > request.requestMaxRetries) throw outcome.error;
    await pause(outcome.error.retryAfterMs ?? backoffMs(attempt), request.signal);
  }
}

async function send(
  request: StreamRequest,
  body: string,
): Promise<OutboundResponse | { error: ModelError; resend: boolean }> {
  const { client, url, headers, owner, attribution, idleTimeoutMs, signal } = request;
  let response: OutboundResponse;
  try {
    response = await client.send({
      method: "POST",
      url,
      headers,
      owner,
      path: "responses",
      ...(attribution === undefined ? {} : { attribution }),
      body,
      redirect: "follow",
      failOnCloudflare: true,
      signal,
      headersTimeoutMs: idleTimeoutMs,
      bodyTimeoutMs: idleTimeoutMs,
    });
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    return sendFailure(error);
  }
  const { status } = response;
  if (status >= 200 && status < 300) return response;
  const text = await readText(response);
  return {
    error: httpFailure({ status, headers: response.headers, body: text, url: withoutSecrets(url) }),
    resend: status >= 500,
  };
}

/** Why nothing came back, and whether to send again: after a refused connection or a reset, not after a long silence. */
function sendFailure(error: SwitchboardError): { error: ModelError; resend: boolean } {
  switch (error.code) {
    case "connect_failed": {
      const message = `Connection failed: ${error.message}`;
      return {
        error: new ModelError({ code: "network_unreachable", message, isRetryable: true, cause: error }),
        resend: true,
      };
    }
    case "headers_timeout":
      return { error: streamDisconnected(error.message, error), resend: false };
    case "cloudflare_refusal":
      return {
        error: new ModelError({
          code: "unexpected_status",
          message: error.message,
          isRetryable: true,
          httpStatus: 403,
          cause: error,
        }),
        resend: false,
      };
    case "invalid_proxy":
    case "invalid_request":
      return {
        error: new ModelError({ code: "refused", message: error.message, isRetryable: false, cause: error }),
        resend: false,
      };
    default:
      return { error: streamDisconnected(error.message, error), resend: error.isRetryable };
  }
}

function brokenStream(error: unknown): ModelError {
  if (errorCode(error) === "UND_ERR_BODY_TIMEOUT") return streamDisconnected("idle timeout waiting for SSE", error);
  if (error instanceof SwitchboardError) return streamDisconnected(error.message, error);
  return streamDisconnected("the connection broke while the response was being read", error);
}

/** Most bytes of an error body that are read and shown. */
const maxErrorBytes = 16 * 1024;

async function readText({ body }: OutboundResponse): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      if (!Buffer.isBuffer(part)) break;
      parts.push(part);
      bytes += part.length;
      if (bytes >= maxErrorBytes) break;
    }
  } catch {
    // What arrived before the connection broke is still the best description there is.
  }
  return Buffer.concat(parts).subarray(0, maxErrorBytes).toString("utf8");
}

/** Query parameters and the part before the host may hold keys; they stay out of error texts. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
