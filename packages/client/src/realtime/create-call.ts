import { SwitchboardError } from "@switchboard/protocol";

import { backoffMs, pause } from "../backoff.js";
import type { Attribution, Headers, OutboundResponse } from "../outbound.js";
import type { RequestClient } from "../request-client.js";
import { httpFailure } from "../responses/http-failure.js";
import { streamDisconnected, type ModelError } from "../responses/model-error.js";
import { sessionOfCall, type SessionConfig } from "./session.js";
import { isBackEnd, isCallId, realtimeCallUrl } from "./urls.js";

/** A WebRTC call to be created. */
export interface CallRequest {
  readonly client: RequestClient;
  /** The API's base; which form the request has depends on it. */
  readonly baseUrl: string;
  readonly queryParams: Readonly<Record<string, string>>;
  /** The offer of the client's peer connection. */
  readonly sdp: string;
  readonly session: SessionConfig;
  /** The request's own headers: the provider's, the protocol's, the credential. */
  readonly headers: Headers;
  /** The owner's headers, captured when the conversation was asked for. */
  readonly owner: Headers;
  readonly attribution: Attribution;
  /** How often it is sent again when the connection or the server (5xx) failed. */
  readonly maxRetries: number;
  /** Longest silence in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A call that was created. */
export interface CreatedCall {
  /** The answer for the client's peer connection. */
  readonly sdp: string;
  /** By which the call is joined. */
  readonly callId: string;
}

const boundary = "codex-realtime-call-boundary";

/** Most bytes of an answer that are read; an SDP has a few thousand. */
const maxAnswerBytes = 1024 * 1024;

/**
 * Creates a WebRTC call: the client's offer goes out with the session, and comes back as an answer with the
 * call's id in `Location`.
 *
 * @throws {@link ModelError}; the signal's reason when it aborted.
 */
export async function createCall(request: CallRequest): Promise<CreatedCall> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await send(request);
    if (!("error" in outcome)) return outcome;
    request.signal.throwIfAborted();
    if (!outcome.resend || attempt > request.maxRetries) throw outcome.error;
    await pause(backoffMs(attempt), request.signal);
  }
}

async function send(request: CallRequest): Promise<CreatedCall | { error: ModelError; resend: boolean }> {
  const { client, baseUrl, queryParams, headers, owner, attribution, timeoutMs, signal, session } = request;
  const url = realtimeCallUrl({ baseUrl, queryParams, version: session.version });
  const { contentType, body } = bodyOf(request);
  let response: OutboundResponse;
  try {
    response = await client.send({
      method: "POST",
      url,
      headers: { accept: "*/*", ...headers, "content-type": contentType },
      owner,
      path: "realtime-call",
      attribution,
      body,
      // Another place is to learn neither the credential nor the offer: a redirect is a failure like any other status.
      redirect: "stop",
      failOnCloudflare: true,
      signal,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
    });
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    return { error: streamDisconnected(error.message, error), resend: error.isRetryable };
  }
  const text = await readText(response);
  const { status, headers: answered } = response;
  if (status < 200 || status > 299) {
    return { error: httpFailure({ status, headers: answered, body: text.value, url }), resend: status >= 500 };
  }
  if (!text.isComplete) return { error: streamDisconnected("the answer to a realtime call broke off"), resend: false };
  const callId = callIdOf(answered["location"]);
  return typeof callId === "string" ? { sdp: text.value, callId } : { error: callId, resend: false };
}

function bodyOf({ baseUrl, sdp, session }: CallRequest): { readonly contentType: string; readonly body: string } {
  const config = sessionOfCall(session);
  if (isBackEnd(baseUrl)) return { contentType: "application/json", body: JSON.stringify({ sdp, session: config }) };
  const part = (name: string, type: string, content: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: `${part("sdp", "application/sdp", sdp)}${part("session", "application/json", JSON.stringify(config))}--${boundary}--\r\n`,
  };
}

/** The last part of the path that looks like a call's id, or what is wrong. */
function callIdOf(location: string | undefined): string | ModelError {
  if (location === undefined) return streamDisconnected("realtime call response missing Location");
  const segments = (location.split("?", 1)[0] ?? "").split("/");
  return (
    segments.findLast((segment) => /^rtc_./.test(segment) && isCallId(segment)) ??
    streamDisconnected(`realtime call Location does not contain a call id: ${location.slice(0, 1000)}`)
  );
}

async function readText({ body }: OutboundResponse): Promise<{ readonly value: string; readonly isComplete: boolean }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  let isComplete = true;
  try {
    for await (const part of body) {
      if (!Buffer.isBuffer(part)) break;
      parts.push(part);
      bytes += part.length;
      if (bytes > maxAnswerBytes) {
        isComplete = false;
        break;
      }
    }
  } catch {
    // What arrived before the connection broke still describes an error best.
    isComplete = false;
  }
  return { value: Buffer.concat(parts).subarray(0, maxAnswerBytes).toString("utf8"), isComplete };
}
