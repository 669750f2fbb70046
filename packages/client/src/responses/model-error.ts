import { SwitchboardError } from "@switchboard/protocol";

import type { ResponseFailure } from "./events.js";

/** Why a response could not be had. */
export type ModelErrorCode =
  /** The provider could not be reached at all: the network, not the provider, is to blame. */
  | "network_unreachable"
  /** The connection broke, went silent, or the stream ended early. */
  | "stream_disconnected"
  /** An HTTP status that has no meaning of its own here. */
  | "unexpected_status"
  | "bad_request"
  | "internal_server_error"
  /** 429 without a further reason. */
  | "too_many_requests"
  | "rate_limit_exceeded"
  | "usage_limit_exceeded"
  | "server_overloaded"
  | "context_window_exceeded"
  | "cyber_policy"
  | "refused";

/** A failed attempt at a response: what to tell the client, and whether another attempt makes sense. */
export class ModelError extends SwitchboardError {
  override readonly code: ModelErrorCode;
  /** The status of the provider's answer, when it answered. */
  readonly httpStatus: number | null;
  /** The wait the provider asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(options: {
    readonly code: ModelErrorCode;
    readonly message: string;
    readonly isRetryable: boolean;
    readonly httpStatus?: number;
    readonly retryAfterMs?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(options);
    this.name = "ModelError";
    this.code = options.code;
    this.httpStatus = options.httpStatus ?? null;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Longest wait that is taken from a provider, in milliseconds. */
export const maxRetryAfterMs = 5 * 60_000;

/** A stream that broke: always worth another attempt. */
export function streamDisconnected(why: string, cause?: unknown): ModelError {
  return new ModelError({
    code: "stream_disconnected",
    message: `stream disconnected before completion: ${why}`,
    isRetryable: true,
    cause,
  });
}

/** What `response.failed` means, by its error code. */
export function failedResponse({ code, message = "response.failed event received" }: ResponseFailure): ModelError {
  switch (code) {
    case "context_length_exceeded":
      return contextWindowExceeded();
    case "insufficient_quota":
      return quotaExceeded();
    case "usage_not_included":
      return new ModelError({ code: "usage_limit_exceeded", message, isRetryable: false });
    case "rate_limit_exceeded":
    case "slow_down":
      return rateLimited(message, askedDelay(message));
    case "server_is_overloaded":
      return overloaded();
    case "cyber_policy":
      return new ModelError({ code: "cyber_policy", message, isRetryable: false });
    case "invalid_prompt":
      return new ModelError({ code: "refused", message, isRetryable: false });
    default:
      return streamDisconnected(message);
  }
}

/** What `response.incomplete` means, by its reason. */
export function incompleteResponse(reason: string): ModelError {
  const message = `Incomplete response returned, reason: ${reason}`;
  // The same request would run into the same limit again.
  if (reason === "max_output_tokens") return new ModelError({ code: "refused", message, isRetryable: false });
  return streamDisconnected(message);
}

/** The request is larger than the model can take. */
export function contextWindowExceeded(): ModelError {
  return new ModelError({
    code: "context_window_exceeded",
    message:
      "The conversation no longer fits the model's context window. Start a new thread or remove earlier history, then try again.",
    isRetryable: false,
  });
}

/** The provider's quota is used up. */
export function quotaExceeded(): ModelError {
  return new ModelError({
    code: "usage_limit_exceeded",
    message: "The provider's quota is used up. Check its plan and billing details.",
    isRetryable: false,
  });
}

/** The model has no capacity left. */
export function overloaded(): ModelError {
  return new ModelError({
    code: "server_overloaded",
    message: "The selected model is at capacity. Try another model, or the same one later.",
    isRetryable: false,
  });
}

/** Too many requests or tokens for now. */
export function rateLimited(message: string, retryAfterMs: number | undefined): ModelError {
  return new ModelError({
    code: "rate_limit_exceeded",
    message: `rate limit exceeded: ${message}`,
    isRetryable: true,
    retryAfterMs,
  });
}

/** The wait named in texts such as `Please try again in 1.3s`, with an upper limit. */
function askedDelay(message: string): number | undefined {
  const [, amount, unit] = /try again in (\d+(?:\.\d+)?) ?(ms|s)/i.exec(message) ?? [];
  if (amount === undefined) return undefined;
  return Math.min(Math.round(Number(amount) * (unit?.toLowerCase() === "ms" ? 1 : 1000)), maxRetryAfterMs);
}
