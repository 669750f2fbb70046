import { SwitchboardError } from "@switchboard/protocol";
import { describe, expect, it } from "vitest";

import { failedResponse, incompleteResponse, ModelError } from "./model-error.js";

describe("failedResponse", () => {
  it.each<[string | undefined, string | undefined, object]>([
    ["context_length_exceeded", "too long", { code: "context_window_exceeded", isRetryable: false }],
    ["insufficient_quota", "pay", { code: "usage_limit_exceeded", isRetryable: false }],
    ["usage_not_included", "upgrade", { code: "usage_limit_exceeded", isRetryable: false, message: "upgrade" }],
    ["server_is_overloaded", "full", { code: "server_overloaded", isRetryable: false }],
    ["cyber_policy", "flagged", { code: "cyber_policy", isRetryable: false, message: "flagged" }],
    ["invalid_prompt", "Invalid prompt.", { code: "refused", isRetryable: false, message: "Invalid prompt." }],
    [
      "rate_limit_exceeded",
      "Rate limit reached.",
      {
        code: "rate_limit_exceeded",
        isRetryable: true,
        retryAfterMs: undefined,
        message: "rate limit exceeded: Rate limit reached.",
      },
    ],
    ["slow_down", "slow", { code: "rate_limit_exceeded", isRetryable: true, message: "rate limit exceeded: slow" }],
    [
      "server_error",
      "An error occurred.",
      {
        code: "stream_disconnected",
        isRetryable: true,
        message: "stream disconnected before completion: An error occurred.",
      },
    ],
    [
      "of_tomorrow",
      undefined,
      {
        code: "stream_disconnected",
        isRetryable: true,
        message: "stream disconnected before completion: response.failed event received",
      },
    ],
    [undefined, "no code", { code: "stream_disconnected", message: "stream disconnected before completion: no code" }],
  ])("of %j means", (code, message, expected) => {
    const error = failedResponse({ code, message });
    expect(error).toMatchObject({ ...expected, httpStatus: null, name: "ModelError" });
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toBeInstanceOf(SwitchboardError);
  });

  it.each<[string, number | undefined]>([
    ["Rate limit reached for x. Please try again in 1.3s.", 1300],
    ["Please try again in 300ms.", 300],
    ["Please try again in 0.4ms", 0],
    ["try again in 2 seconds", 2000],
    ["Try Again In 28 S", 28_000],
    ["try again in 3600s", 300_000],
    ["try again in 99999999999999999999999s", 300_000],
    ["try again in 5 minutes", undefined],
    ["try again in a while", undefined],
    ["try again in -1s", undefined],
  ])("waits as %j asks: %s ms", (message, ms) => {
    expect(failedResponse({ code: "rate_limit_exceeded", message }).retryAfterMs).toBe(ms);
  });
});

describe("incompleteResponse", () => {
  it("is final when the output was too long", () => {
    expect(incompleteResponse("max_output_tokens")).toMatchObject({
      code: "refused",
      isRetryable: false,
      message: "Incomplete response returned, reason: max_output_tokens",
    });
  });

  it.each(["content_filter", "unknown"])("may be tried again for %s", (reason) => {
    expect(incompleteResponse(reason)).toMatchObject({
      code: "stream_disconnected",
      isRetryable: true,
      message: `stream disconnected before completion: Incomplete response returned, reason: ${reason}`,
    });
  });
});
