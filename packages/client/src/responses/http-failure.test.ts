import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { httpFailure, type HttpFailure } from "./http-failure.js";

const url = "http://model.example/v1/responses";

function failureOf(status: number, body: unknown = "", headers: HttpFailure["headers"] = {}) {
  return httpFailure({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body), url });
}

const unexpected = (status: string, text: string, more = "") =>
  `unexpected status ${status}: ${text}, url: ${url}${more}`;

describe("httpFailure", () => {
  it.each<[number, unknown, string]>([
    [302, "", unexpected("302 Found", "Unknown error")],
    [401, { error: { message: "no key" } }, unexpected("401 Unauthorized", "no key")],
    [403, { detail: "d" }, unexpected("403 Forbidden", '{"detail":"d"}')],
    [404, "nope\n", unexpected("404 Not Found", "nope")],
    [408, "timeout", unexpected("408 Request Timeout", "timeout")],
    [413, { error: "text" }, unexpected("413 Payload Too Large", '{"error":"text"}')],
    [422, { error: { message: 5 } }, unexpected("422 Unprocessable Entity", '{"error":{"message":5}}')],
    [431, " \n", unexpected("431 Request Header Fields Too Large", "Unknown error")],
    [502, "<html>bad gateway</html>", unexpected("502 Bad Gateway", "<html>bad gateway</html>")],
    [503, { error: { code: "other", message: "unavail" } }, unexpected("503 Service Unavailable", "unavail")],
    [504, "t", unexpected("504 Gateway Timeout", "t")],
    [529, "x", unexpected("529 <unknown status code>", "x")],
  ])("describes a %i and lets it be tried again", (status, body, message) => {
    expect(failureOf(status, body)).toMatchObject({
      code: "unexpected_status",
      httpStatus: status,
      isRetryable: true,
      retryAfterMs: undefined,
      message,
    });
  });

  it("names the ray and the request, for those who look into it", () => {
    const headers = { "cf-ray": "abc-AMS", "x-request-id": "req-1" };
    expect(failureOf(403, "x", headers).message).toBe(
      unexpected("403 Forbidden", "x", ", cf-ray: abc-AMS, request id: req-1"),
    );
  });

  it("quotes the first 1000 characters of a long body, and no half character", () => {
    expect(failureOf(403, "z".repeat(1000)).message).toBe(unexpected("403 Forbidden", "z".repeat(1000)));
    expect(failureOf(403, "z".repeat(1001)).message).toBe(unexpected("403 Forbidden", `${"z".repeat(1000)}...`));
    expect(failureOf(403, { error: { message: `z${"🛎".repeat(600)}` } }).message).toBe(
      unexpected("403 Forbidden", `z${"🛎".repeat(499)}...`),
    );
  });

  it.each<[string, unknown, string]>([
    ["the whole body", { error: { message: "bad req", code: "x" } }, '{"error":{"message":"bad req","code":"x"}}'],
    ["a page", "<html>bad</html>", "<html>bad</html>"],
    ["a description, if there is no body", "", unexpected("400 Bad Request", "Unknown error")],
  ])("shows of a 400 %s, and does not let it be tried again", (_, body, message) => {
    expect(failureOf(400, body)).toMatchObject({ code: "bad_request", httpStatus: 400, isRetryable: false, message });
  });

  it("knows a conversation that grew too long from a 400", () => {
    const error = failureOf(400, { error: { code: "context_length_exceeded", message: "too long" } });
    expect(error).toMatchObject({ code: "context_window_exceeded", isRetryable: false });
  });

  it("does not show the body of a 500", () => {
    const error = failureOf(500, { error: { message: "stack trace" } });
    expect(error).toMatchObject({ code: "internal_server_error", httpStatus: null, isRetryable: true });
    expect(error.message).not.toContain("stack trace");
  });

  it("does not let a full model be tried again", () => {
    const error = failureOf(503, { error: { code: "server_is_overloaded", message: "x" } });
    expect(error).toMatchObject({ code: "server_overloaded", httpStatus: null, isRetryable: false });
  });

  it("lets a model that asked to slow down be tried again, when it said", () => {
    expect(failureOf(503, { error: { code: "slow_down", message: "slow" } }, { "retry-after": "2" })).toMatchObject({
      code: "rate_limit_exceeded",
      message: "rate limit exceeded: slow",
      isRetryable: true,
      retryAfterMs: 2000,
    });
    expect(failureOf(503, { error: { code: "slow_down" } }).message).toBe("rate limit exceeded: slow down");
  });

  it("lets a 429 be tried again only if it says when", () => {
    const expected = {
      code: "too_many_requests",
      httpStatus: 429,
      message: "exceeded retry limit, last status: 429 Too Many Requests",
    };
    expect(failureOf(429)).toMatchObject({ ...expected, isRetryable: false, retryAfterMs: undefined });
    expect(failureOf(429, "", { "retry-after": "7" })).toMatchObject({
      ...expected,
      isRetryable: true,
      retryAfterMs: 7000,
    });
    expect(failureOf(429, "", { "retry-after-ms": "7" })).toMatchObject({ ...expected, isRetryable: false });
  });

  it.each<[string, unknown, string]>([
    [
      "with the time it ends",
      { type: "usage_limit_reached", resets_at: 1_900_000_000 },
      "It resets at 2030-03-17T17:46:40.000Z.",
    ],
    ["without a time", { type: "usage_limit_reached" }, "Try again later."],
    ["with a time that is none", { type: "usage_limit_reached", resets_at: "soon" }, "Try again later."],
    [
      "with a time in microseconds",
      { type: "usage_limit_reached", resets_at: 1_900_000_000_000_000 },
      "Try again later.",
    ],
    [
      "with the largest number",
      { type: "usage_limit_reached", resets_at: Number.MAX_SAFE_INTEGER },
      "Try again later.",
    ],
    ["that excludes the model", { type: "usage_not_included" }, "Try again later."],
  ])("takes a usage limit %s as final", (_, error, until) => {
    expect(failureOf(429, { error }, { "retry-after": "1" })).toMatchObject({
      code: "usage_limit_exceeded",
      httpStatus: 429,
      isRetryable: false,
      message: `The usage limit is reached. ${until}`,
    });
  });

  it.each([[{ type: "insufficient_quota" }], [{ code: "insufficient_quota" }]])("takes %j as final", (error) => {
    expect(failureOf(429, { error }, { "retry-after": "1" })).toMatchObject({
      code: "usage_limit_exceeded",
      isRetryable: false,
    });
  });
});

describe("Retry-After", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1, 12, 0, 0) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const wait = (value: string, status = 429) => failureOf(status, "", { "retry-after": value }).retryAfterMs;

  it.each<[string, number | undefined]>([
    ["1", 1000],
    ["0", 0],
    ["1.5", 1500],
    [" 3 ", 3000],
    ["300", 300_000],
    ["301", 300_000],
    ["99999999999999999999", 300_000],
    ["Tue, 01 Jan 2030 12:00:07 GMT", 7000],
    ["Tuesday, 01-Jan-30 12:00:07 GMT", 7000],
    ["Tue, 01 Jan 2030 13:00:00 GMT", 300_000],
    ["Tue, 01 Jan 2030 11:59:59 GMT", 0],
    ["", undefined],
    ["-5", undefined],
    ["1e3", undefined],
    ["0x10", undefined],
    ["soon 1", undefined],
    ["1, 2", undefined],
    ["Infinity", undefined],
    ["Xyz, 99 Foo 2030 99:99:99 GMT", undefined],
  ])("of %j is %s ms", (value, ms) => {
    expect(wait(value)).toBe(ms);
  });

  it.each([401, 408, 500, 502, 503])("counts for a %i too", (status) => {
    expect(wait("2", status)).toBe(2000);
  });
});
