import type { W3cTraceContext } from "./generated/index.js";
import { isObject } from "./json-object.js";
import type { RpcErrorObject } from "./rpc-error.js";

/**
 * A request id: a string or an integer within ±(2^53−1), echoed as it came. Larger integers
 * would come back changed from `JSON.parse`, so they count as malformed.
 */
export type RequestId = string | number;

/** One encoded message, UTF-8 JSON without a line end. Shared between receivers: never write into it. */
export type Frame = Buffer;

/** A decoded message, sorted by what it is. */
export type Message =
  | {
      readonly kind: "request";
      readonly id: RequestId;
      readonly method: string;
      readonly params: unknown;
      readonly trace: W3cTraceContext | undefined;
    }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RequestId; readonly error: RpcErrorObject }
  | { readonly kind: "malformed"; readonly reason: string };

const malformed = (reason: string): Message => ({ kind: "malformed", reason });

function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" || Number.isSafeInteger(id);
}

function isErrorObject(value: unknown): value is RpcErrorObject {
  return isObject(value) && typeof value["code"] === "number" && typeof value["message"] === "string";
}

/** What a client says of the trace that its request is part of. Anything that is not that is ignored. */
function traceOf(value: unknown): W3cTraceContext | undefined {
  if (!isObject(value)) return undefined;
  const { traceparent, tracestate } = value;
  if (typeof traceparent !== "string") return undefined;
  return { traceparent, tracestate: typeof tracestate === "string" ? tracestate : null };
}

/**
 * Parses one frame. The `jsonrpc` member and unknown members are ignored, as the reference does;
 * batches, scalars and wrong id types are malformed.
 */
export function parseMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may hold a secret and ends up in a log.
    return malformed("not JSON");
  }
  if (Array.isArray(value)) return malformed("batches are not part of the protocol");
  if (!isObject(value)) return malformed("not a JSON object");
  const { id, method, params } = value;
  if (method !== undefined) {
    if (typeof method !== "string") return malformed("method is not a string");
    if (!("id" in value)) return { kind: "notification", method, params };
    if (!isRequestId(id)) return malformed("id is neither a string nor an integer within ±(2^53−1)");
    return { kind: "request", id, method, params, trace: traceOf(value["trace"]) };
  }
  if (isRequestId(id)) {
    if (isErrorObject(value["error"])) return { kind: "error", id, error: value["error"] };
    if ("result" in value) return { kind: "result", id, result: value["result"] };
  }
  return malformed("neither a request, a notification nor a reply");
}

/** `{id, method, params}`; `params` is left out when undefined. */
export function encodeRequest(id: RequestId, method: string, params: unknown): Frame {
  return Buffer.from(JSON.stringify({ method, id, params }));
}

/** `{id, result}`; an undefined result becomes `{}`, the protocol's empty answer. */
export function encodeResult(id: RequestId, result: unknown): Frame {
  return Buffer.from(`{"id":${JSON.stringify(id)},"result":${JSON.stringify(result ?? {})}}`);
}

/** `{error, id}`, in the reference's member order. */
export function encodeError(id: RequestId, error: RpcErrorObject): Frame {
  return Buffer.from(JSON.stringify({ error, id }));
}

/**
 * `{method, params}` and, for a server's notifications, `emittedAtMs` (Unix milliseconds).
 */
export function encodeNotification(method: string, params: unknown, emittedAtMs?: number): Frame {
  return Buffer.from(JSON.stringify({ method, params, emittedAtMs }));
}
