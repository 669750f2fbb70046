import { STATUS_CODES } from "node:http";

import type { Headers } from "../outbound.js";
import { isJsonObject } from "./items.js";
import {
  contextWindowExceeded,
  maxRetryAfterMs,
  ModelError,
  overloaded,
  quotaExceeded,
  rateLimited,
} from "./model-error.js";

/** An answer that is not a stream. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: Headers;
  /** The body's text, as far as it was read. */
  readonly body: string;
  readonly url: string;
}

/** Most characters of a body that an error text quotes; a page of HTML says no more than its beginning. */
const maxQuotedCharacters = 1000;

/** The last second a `Date` can hold; printing a later one would throw. */
const lastSecond = 8.64e12;

/** What a status other than 2xx means. One row per status that has a meaning of its own. */
export function httpFailure(failure: HttpFailure): ModelError {
  const { status, headers, body } = failure;
  const error = errorOf(body);
  switch (status) {
    case 400:
      if (error.code === "context_length_exceeded") return contextWindowExceeded();
      return new ModelError({
        code: "bad_request",
        message: body === "" ? describe(failure, error) : body,
        isRetryable: false,
        httpStatus: status,
      });
    case 429:
      return tooManyRequests(error, retryAfter(headers));
    case 500:
      return new ModelError({
        code: "internal_server_error",
        message: "The model provider reported an internal error; it may be under high load.",
        isRetryable: true,
        retryAfterMs: retryAfter(headers),
      });
    case 503:
      // Without capacity the next attempt would fare no better; when asked to slow down it may.
      if (error.code === "server_is_overloaded") return overloaded();
      if (error.code === "slow_down") return rateLimited(error.message ?? "slow down", retryAfter(headers));
  }
  return new ModelError({
    code: "unexpected_status",
    message: describe(failure, error),
    isRetryable: true,
    httpStatus: status,
    retryAfterMs: retryAfter(headers),
  });
}

/** A usage limit does not pass by waiting a moment; a bare 429 is tried again only if told when. */
function tooManyRequests(error: ErrorBody, retryAfterMs: number | undefined): ModelError {
  if (error.type === "insufficient_quota" || error.code === "insufficient_quota") return quotaExceeded();
  if (error.type === "usage_limit_reached" || error.type === "usage_not_included") {
    const until = error.resetsAt === undefined ? "Try again later." : `It resets at ${error.resetsAt.toISOString()}.`;
    return new ModelError({
      code: "usage_limit_exceeded",
      message: `The usage limit is reached. ${until}`,
      isRetryable: false,
      httpStatus: 429,
    });
  }
  return new ModelError({
    code: "too_many_requests",
    message: "exceeded retry limit, last status: 429 Too Many Requests",
    isRetryable: retryAfterMs !== undefined,
    httpStatus: 429,
    retryAfterMs,
  });
}

interface ErrorBody {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly resetsAt: Date | undefined;
}

function errorOf(body: string): ErrorBody {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // HTML and plain text are common here; they are shown as they are.
  }
  const error = isJsonObject(value) && isJsonObject(value["error"]) ? value["error"] : {};
  const text = (name: string) => (typeof error[name] === "string" ? error[name] : undefined);
  const resets = error["resets_at"];
  return {
    message: text("message"),
    type: text("type"),
    code: text("code"),
    resetsAt: typeof resets === "number" && resets > 0 && resets <= lastSecond ? new Date(resets * 1000) : undefined,
  };
}

/** `unexpected status 401 Unauthorized: …, url: …`, as clients know it. */
function describe({ status, headers, body, url }: HttpFailure, { message }: ErrorBody): string {
  const reason = STATUS_CODES[status] ?? "<unknown status code>";
  const text = clip(message ?? (body.trim() === "" ? "Unknown error" : body.trim()));
  const ray = headers["cf-ray"] === undefined ? "" : `, cf-ray: ${headers["cf-ray"]}`;
  const requestId = headers["x-request-id"] === undefined ? "" : `, request id: ${headers["x-request-id"]}`;
  return `unexpected status ${status} ${reason}: ${text}, url: ${url}${ray}${requestId}`;
}

function clip(text: string): string {
  if (text.length <= maxQuotedCharacters) return text;
  // Half a surrogate pair at the end would be JSON that some clients cannot read.
  return `${text.slice(0, maxQuotedCharacters).replace(/[\ud800-\udbff]$/, "")}...`;
}

/** `Retry-After` (RFC 9110, section 10.2.3) in milliseconds: seconds or a date, with an upper limit. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, maxRetryAfterMs);
  // `Date.parse` alone would find a date in almost anything, `-5` included, and a past date means "at once".
  const wait = /^[A-Z][a-z]+, .* GMT$/.test(value) ? Date.parse(value) - Date.now() : Number.NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), maxRetryAfterMs);
}
