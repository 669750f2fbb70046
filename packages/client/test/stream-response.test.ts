import { setTimeout as sleep } from "node:timers/promises";

import { SwitchboardError } from "@switchboard/protocol";
import {
  always,
  bigEvent,
  customToolCall,
  cut,
  failure,
  functionCall,
  hang,
  hold,
  html,
  httpError,
  incomplete,
  json,
  neverAnswer,
  pause,
  rawBody,
  rawEvents,
  reasoning,
  respond,
  responseHeaders,
  splitAt,
  text,
  usage,
  type Part,
  type Reply,
} from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { ModelError, type OutboundRecord } from "../src/index.js";
import { attempt, startModel, textOfEvents } from "./support/attempt.js";
import { openClient } from "./support/client.js";
import { refusingOrigin, startHttpServer, startTcpServer } from "./support/servers.js";

const disconnected = (why: string) => ({
  code: "stream_disconnected",
  httpStatus: null,
  isRetryable: true,
  retryAfterMs: undefined,
  message: `stream disconnected before completion: ${why}`,
});
const closedEarly = disconnected("stream closed before response.completed");
const idle = disconnected("idle timeout waiting for SSE");
const broken = disconnected("the connection broke while the response was being read");

describe("a complete response", () => {
  it("hands over its headers, then its events in order, up to response.completed", async () => {
    const model = await startModel([
      [
        reasoning({ summary: "Hm" }),
        text("Hello", { deltas: 2, id: "msg_1" }),
        functionCall({ name: "shell", arguments: { a: 1 } }),
        usage({ inputTokens: 7, cachedTokens: 3, cacheWriteTokens: 2, outputTokens: 5, reasoningTokens: 1 }),
        responseHeaders({ "x-codex-turn-state": "state-1" }),
      ],
    ]);
    const { headers, events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(headers).toMatchObject([{ "x-codex-turn-state": "state-1" }]);
    expect(events.map(({ type }) => type.replace("response.", ""))).toEqual([
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "output_item.done",
      "output_item.added",
      "output_text.delta",
      "output_text.delta",
      "output_item.done",
      "output_item.added",
      "output_item.done",
      "completed",
    ]);
    expect(events).toContainEqual({
      type: "response.output_item.done",
      item: {
        type: "message",
        id: "msg_1",
        role: "assistant",
        content: [{ type: "output_text", text: "Hello", annotations: [] }],
      },
    });
    expect(events.at(-1)).toEqual({
      type: "response.completed",
      usage: {
        inputTokens: 7,
        cachedInputTokens: 3,
        cacheWriteInputTokens: 2,
        outputTokens: 5,
        reasoningOutputTokens: 1,
        totalTokens: 12,
      },
    });
  });

  it("was asked for with POST, the body as JSON, the request's headers and all of the owner's", async () => {
    const model = await startModel(always(text("a")));
    await attempt(model.url, {
      url: `${model.url}/responses?api-version=1`,
      headers: { "content-type": "application/json", authorization: "Bearer key", originator: "codex_work_web" },
      owner: { originator: "client_a", "user-agent": "client_a/1", "x-openai-internal-codex-residency": "us" },
      body: { model: "m", input: [{ text: "Blåbær" }] },
    });
    const [request] = model.requests;
    expect([request?.method, request?.path]).toEqual(["POST", "/v1/responses?api-version=1"]);
    expect(request?.body).toEqual({ model: "m", input: [{ text: "Blåbær" }] });
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      "content-type": "application/json",
      authorization: "Bearer key",
      originator: "codex_work_web",
      "user-agent": "client_a/1",
      "x-openai-internal-codex-residency": "us",
    });
  });

  it.each<[string, unknown, boolean]>([
    ["has no usage", { id: "r" }, true],
    ["has no response", undefined, true],
    ["has broken usage", { usage: 5 }, true],
  ])("may end with an event that %s", async (_, response, isComplete) => {
    const model = await startModel([rawBody([{ type: "response.completed", response }])]);
    const { events, error } = await attempt(model.url);
    expect(error === undefined).toBe(isComplete);
    expect(events).toEqual([{ type: "response.completed", usage: undefined }]);
  });

  it("hands over nothing that comes after response.completed", async () => {
    const completed = { type: "response.completed", response: {} };
    const late = { type: "response.output_text.delta", delta: "late" };
    const model = await startModel([rawBody([completed, late, completed])]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(events).toHaveLength(1);
  });

  it("does not wait for the end of a body that stays open", async () => {
    const model = await startModel([[text("a"), rawEvents([{ type: "response.completed", response: {} }]), hang()]]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  it.each([
    ["short", "a"],
    ["of several hundred kilobytes", "x".repeat(150_000)],
  ])("that is %s leaves its connection to the next request", async (_, answer) => {
    const model = await startModel(always(text(answer)));
    const client = openClient();
    const count = 4;
    for (let index = 0; index < count; index += 1) {
      expect((await attempt(model.url, { client })).error).toBeUndefined();
      // The end of the body is read a moment after the last event.
      await sleep(10);
    }
    expect(new Set(model.requests.map(({ connectionIndex }) => connectionIndex)).size).toBeLessThan(count);
  });
});

describe("what is not an event of ours", () => {
  const around = (...odd: Parameters<typeof rawEvents>[0]) => [text("a"), rawEvents(odd), text("b")];

  it.each<[string, readonly Part[]]>([
    ["comments", around(": keep-alive\n\n", ":\n\n")],
    ["unknown events", around({ type: "response.of_tomorrow", x: 1 }, { type: "error", message: "m" })],
    ["undecodable data", around("data: {\n\n", "data: [DONE]\n\n", "data:\n\n", "data: null\n\n")],
    ["events without a type", around('event: response.completed\ndata: {"response":{}}\n\n')],
    ["events with a broken member", around({ type: "response.output_text.delta", delta: 5 })],
    ["unknown items", [text("a"), customToolCall({ name: "n", input: "i" }), text("b")]],
    ["undecodable items", around({ type: "response.output_item.done", item: { type: "message" } })],
    ["a large event", [text("a"), bigEvent(10 * 1024 * 1024), text("b")]],
    ["silence within the limit", [text("a"), pause(20), text("b")]],
  ])("is passed over: %s", async (_, parts) => {
    const model = await startModel([parts]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(textOfEvents(events)).toBe("ab");
    expect(events.every(({ type }) => /(added|done|delta|completed)$/.test(type))).toBe(true);
  });

  it("is the event: line, whatever it says", async () => {
    const delta = JSON.stringify({ type: "response.output_text.delta", delta: "a" });
    const completed = JSON.stringify({ type: "response.completed", response: {} });
    const model = await startModel([
      rawBody([
        `event: response.completed\ndata: ${delta}\n\n`,
        `data: ${delta}\n\n`,
        `event: x\ndata: ${completed}\n\n`,
      ]),
    ]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(textOfEvents(events)).toBe("aa");
  });

  it("is bytes that are not UTF-8: they become U+FFFD, and the stream goes on", async () => {
    const [before, after] = ['data: {"type":"response.output_text.delta","delta":"a', 'b"}\n\n'];
    const odd = Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(after)]);
    const model = await startModel([[text("x"), rawEvents([odd]), text("y")]]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(textOfEvents(events)).toBe("xa\ufffd\ufffd(by");
  });
});

describe("the packets of a stream", () => {
  const parts = [
    reasoning({ summary: "Blåbær" }),
    text("Hello 🛎 wörld", { deltas: 5, id: "msg_1" }),
    usage({ inputTokens: 3 }),
  ];

  it.each<[string, Part[]]>([
    ["one byte each", [splitAt("every-byte")]],
    ["seven bytes each", [splitAt(7)]],
    ...Array.from({ length: 8 }, (_, seed): [string, Part[]] => [`at random places (${seed})`, [splitAt({ seed })]]),
  ])("do not matter: %s", async (_, split) => {
    const plain = await startModel([respond(...parts)]);
    const pieces = await startModel([respond(...parts, ...split)]);
    const [expected, actual] = [await attempt(plain.url), await attempt(pieces.url)];
    const withoutIds = (value: unknown) => JSON.stringify(value).replaceAll(/"id":"rs_\w+"/g, '"id":"rs"');
    expect(expected.events.length).toBeGreaterThan(8);
    expect(actual.error).toBeUndefined();
    expect(withoutIds(actual.events)).toBe(withoutIds(expected.events));
  });

  it("may end their lines with carriage returns and line feeds", async () => {
    const event = (data: object) => `event: x\r\ndata: ${JSON.stringify(data)}\r\n\r\n`;
    const events = [
      event({ type: "response.output_text.delta", delta: "a" }),
      event({ type: "response.completed", response: {} }),
    ];
    for (const split of ["every-byte", 1000] as const) {
      const model = await startModel([rawBody(events, { split })]);
      const answer = await attempt(model.url);
      expect(answer.error).toBeUndefined();
      expect(textOfEvents(answer.events)).toBe("a");
    }
  });

  it("may hold an event of 10 MB", async () => {
    const delta = "x".repeat(10 * 1024 * 1024);
    const model = await startModel([
      rawBody([
        { type: "response.output_text.delta", delta },
        { type: "response.completed", response: {} },
      ]),
    ]);
    const { events, error } = await attempt(model.url);
    expect(error).toBeUndefined();
    expect(textOfEvents(events)).toHaveLength(delta.length);
  });

  it("may not hold an event without end", async () => {
    const line = Buffer.alloc(1024 * 1024, "x");
    const model = await startModel([rawBody(["data: ", ...Array.from({ length: 70 }, () => line)])]);
    const { error } = await attempt(model.url);
    expect(error).toMatchObject(disconnected("an event of the stream is larger than 67108864 characters"));
    expect(error).toHaveProperty("cause.code", "event_too_large");
  });
});

describe("an answer that is no complete response", () => {
  const unexpected = (status: number, what: string) => ({
    code: "unexpected_status",
    httpStatus: status,
    isRetryable: true,
    message: `unexpected status ${what}, url: URL/responses`,
  });
  const error = (fields: object) => ({ body: { error: fields } });
  const tooMany = {
    code: "too_many_requests",
    httpStatus: 429,
    message: "exceeded retry limit, last status: 429 Too Many Requests",
  };

  it.each<[string, Reply, object]>([
    [
      "400",
      httpError(400, { body: "bad" }),
      { code: "bad_request", httpStatus: 400, isRetryable: false, message: "bad" },
    ],
    ["401", httpError(401, error({ message: "no key" })), unexpected(401, "401 Unauthorized: no key")],
    ["403", httpError(403, error({ message: "forbidden" })), unexpected(403, "403 Forbidden: forbidden")],
    ["403 page", html({ body: "<html>no</html>" }), unexpected(403, "403 Forbidden: <html>no</html>")],
    ["404", httpError(404, { body: "" }), unexpected(404, "404 Not Found: Unknown error")],
    ["429", httpError(429), { ...tooMany, isRetryable: false, retryAfterMs: undefined }],
    [
      "429 with seconds",
      httpError(429, { headers: { "retry-after": "7" } }),
      { ...tooMany, isRetryable: true, retryAfterMs: 7000 },
    ],
    [
      "429 with a date far ahead",
      httpError(429, { headers: { "retry-after": "Fri, 01 Jan 2100 00:00:00 GMT" } }),
      { ...tooMany, isRetryable: true, retryAfterMs: 300_000 },
    ],
    [
      "429 usage_limit_reached",
      httpError(429, error({ type: "usage_limit_reached", plan_type: "plus", resets_at: 1_900_000_000 })),
      { code: "usage_limit_exceeded", isRetryable: false },
    ],
    [
      "429 insufficient_quota",
      httpError(429, error({ code: "insufficient_quota" })),
      { code: "usage_limit_exceeded", isRetryable: false },
    ],
    ["500", httpError(500), { code: "internal_server_error", httpStatus: null, isRetryable: true }],
    ["502 page", httpError(502, { body: "<html>" }), unexpected(502, "502 Bad Gateway: <html>")],
    ["503", httpError(503, error({ message: "unavail" })), unexpected(503, "503 Service Unavailable: unavail")],
    [
      "503 server_is_overloaded",
      httpError(503, error({ code: "server_is_overloaded" })),
      { code: "server_overloaded", isRetryable: false },
    ],
    [
      "503 slow_down",
      httpError(503, error({ code: "slow_down", message: "slow" })),
      { code: "rate_limit_exceeded", isRetryable: true, message: "rate limit exceeded: slow" },
    ],
    ["HTML with status 200", html({ status: 200 }), closedEarly],
    ["JSON with status 200", json({ id: "resp_1", output: [] }), closedEarly],
    ["nothing with status 200", rawBody([]), closedEarly],
    ["a stream that ends early", [text("par"), cut({ how: "end" })], closedEarly],
    ["a stream that is cut", [text("par"), cut({ how: "destroy" })], broken],
    ["headers and a cut", [text("par"), cut({ afterEvents: 0, how: "destroy" })], broken],
    ["half an event", rawBody(['data: {"type":"response.comp']), closedEarly],
    ["a last event without its blank line", rawBody(['data: {"type":"response.completed"}\n']), closedEarly],
    ["an error event", rawBody([{ type: "error", code: "x", message: "m" }]), closedEarly],
    ["a failure", [failure("server_error", "An error occurred.")], disconnected("An error occurred.")],
    ["a failure after text", [text("par"), failure("of_tomorrow", "mid")], disconnected("mid")],
    [
      "a failure without anything",
      rawBody([{ type: "response.failed" }]),
      disconnected("response.failed event received"),
    ],
    [
      "a rate limit with a wait",
      [failure("rate_limit_exceeded", "Please try again in 1.3s.")],
      {
        code: "rate_limit_exceeded",
        isRetryable: true,
        retryAfterMs: 1300,
        message: "rate limit exceeded: Please try again in 1.3s.",
      },
    ],
    [
      "an overflow of the context",
      [failure("context_length_exceeded", "x")],
      { code: "context_window_exceeded", isRetryable: false },
    ],
    ["a used-up quota", [failure("insufficient_quota", "x")], { code: "usage_limit_exceeded", isRetryable: false }],
    ["an overload", [failure("server_is_overloaded", "x")], { code: "server_overloaded", isRetryable: false }],
    [
      "slow down",
      [failure("slow_down", "slow")],
      { code: "rate_limit_exceeded", isRetryable: true, retryAfterMs: undefined },
    ],
    [
      "a refused prompt",
      [failure("invalid_prompt", "flagged")],
      { code: "refused", isRetryable: false, message: "flagged" },
    ],
    [
      "a policy",
      [failure("cyber_policy", "flagged")],
      { code: "cyber_policy", isRetryable: false, message: "flagged" },
    ],
    [
      "a plan without it",
      [failure("usage_not_included", "upgrade")],
      { code: "usage_limit_exceeded", isRetryable: false, message: "upgrade" },
    ],
    [
      "too much output",
      [text("par"), incomplete("max_output_tokens")],
      { code: "refused", isRetryable: false, message: "Incomplete response returned, reason: max_output_tokens" },
    ],
    [
      "filtered output",
      [incomplete("content_filter")],
      disconnected("Incomplete response returned, reason: content_filter"),
    ],
  ])("says what it is: %s", async (_, reply, expected) => {
    const model = await startModel([reply]);
    const outcome = await attempt(model.url);
    expect(outcome.error).toBeInstanceOf(ModelError);
    expect(outcome.error).toMatchObject(JSON.parse(JSON.stringify(expected).replaceAll("URL", model.url)));
    expect(outcome.events.some(({ type }) => type === "response.completed")).toBe(false);
    expect(model.requestCount).toBe(1);
  });

  it("has handed over what came before it broke", async () => {
    for (const ending of [cut({ how: "end" }), cut(), failure("server_error", "x"), incomplete("content_filter")]) {
      const model = await startModel([[text("par", { id: "msg_1" }), ending]]);
      const outcome = await attempt(model.url);
      expect(outcome.headers).toHaveLength(1);
      expect(textOfEvents(outcome.events)).toBe("par");
      expect(outcome.error).toBeInstanceOf(ModelError);
    }
  });

  it("does not begin for the receiver when the status says no", async () => {
    const model = await startModel([httpError(401)]);
    expect(await attempt(model.url)).toMatchObject({ headers: [], events: [] });
  });

  it.each([
    ["an endless body", "x".repeat(1024 * 1024)],
    ["a body of exactly what is shown", "x".repeat(1000)],
  ])("quotes the beginning of %s", async (_, body) => {
    const model = await startModel([httpError(403, { body })]);
    const { error: thrown } = await attempt(model.url);
    expect(
      String(thrown)
        .match(/x+/g)
        ?.map((run) => run.length),
    ).toContain(1000);
  });

  it("quotes what came of a body that was cut", async () => {
    const origin = await startTcpServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nhalf a b")),
    );
    expect((await attempt(origin)).error).toMatchObject({
      code: "unexpected_status",
      message: `unexpected status 403 Forbidden: half a b, url: ${origin}/responses`,
    });
  });

  it("keeps keys out of its text", async () => {
    const model = await startModel([httpError(403, { body: "no" })]);
    const url = `${model.url.replace("http://", "http://user:hidden@")}/responses?key=hidden#hidden`;
    const { error: thrown } = await attempt(model.url, { url, headers: { authorization: "Bearer hidden" } });
    expect(String(thrown)).toBe(`ModelError: unexpected status 403 Forbidden: no, url: ${model.url}/responses`);
  });

  it("is no stream when a header cannot be sent", async () => {
    const model = await startModel(always(text("a")));
    const { error: thrown } = await attempt(model.url, { requestMaxRetries: 1, headers: { "x-a": "1\r\nx-b: 2" } });
    expect(thrown).toMatchObject({ code: "refused", isRetryable: false });
    expect(model.requestCount).toBe(0);
  });
});

describe("silence", () => {
  // These take a second or so each: undici looks at its timers about twice a second, however short they are.
  it("after the first events ends the attempt, and the server sees the close", async () => {
    const model = await startModel([[text("par"), hang()]]);
    const { events, error } = await attempt(model.url, { idleTimeoutMs: 50, requestMaxRetries: 1 });
    expect(error).toMatchObject(idle);
    expect(textOfEvents(events)).toBe("par");
    expect(await model.requests[0]?.done).toBe("aborted");
    expect(model.requestCount).toBe(1);
  });

  it("after the headers ends the attempt", async () => {
    const model = await startModel([hang()]);
    const { headers, error } = await attempt(model.url, { idleTimeoutMs: 50 });
    expect(error).toMatchObject(idle);
    expect(headers).toHaveLength(1);
  });

  it("instead of headers ends the attempt, and is not answered with another request", async () => {
    const model = await startModel(() => neverAnswer());
    const { headers, error } = await attempt(model.url, { idleTimeoutMs: 50, requestMaxRetries: 1 });
    expect(error).toMatchObject(disconnected(`http://127.0.0.1:${model.port} did not answer in time`));
    expect(headers).toEqual([]);
    expect(model.requestCount).toBe(1);
  });

  it("in the body of an error ends the reading of it", async () => {
    const origin = await startTcpServer((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nhalf")),
    );
    expect((await attempt(origin, { idleTimeoutMs: 50 })).error).toMatchObject({
      code: "unexpected_status",
      httpStatus: 403,
    });
  });
});

describe("a request that got no stream", () => {
  it("is sent again, at most so many times, with the same headers and the same body", async () => {
    const model = await startModel([httpError(500), httpError(503), text("third")]);
    const { headers, events, error } = await attempt(model.url, {
      requestMaxRetries: 2,
      headers: { "content-type": "application/json", "x-turn": "7" },
    });
    expect(error).toBeUndefined();
    expect(headers).toHaveLength(1);
    expect(textOfEvents(events)).toBe("third");
    const [first, ...others] = model.requests;
    expect(others).toHaveLength(2);
    for (const other of others) {
      expect(other.headers).toEqual(first?.headers);
      expect(other.bodyBytes).toEqual(first?.bodyBytes);
    }
    expect(first?.header("originator")).toBe("client_a");
    expect(first?.header("x-turn")).toBe("7");
  });

  it("is given up after that", async () => {
    const model = await startModel(() => httpError(502, { body: "b" }));
    const { error } = await attempt(model.url, { requestMaxRetries: 1 });
    expect(error).toMatchObject({ code: "unexpected_status", httpStatus: 502 });
    expect(model.requestCount).toBe(2);
  });

  it.each([500, 502, 503, 529])("is sent again after a %i", async (status) => {
    const model = await startModel([httpError(status), text("a")]);
    expect((await attempt(model.url, { requestMaxRetries: 1 })).error).toBeUndefined();
    expect(model.requestCount).toBe(2);
  });

  it("is sent again after the wait the server asked for", async () => {
    const model = await startModel([httpError(503, { headers: { "retry-after": "0" } }), text("a")]);
    expect((await attempt(model.url, { requestMaxRetries: 1 })).error).toBeUndefined();
    expect(model.requestCount).toBe(2);
  });

  it("is sent again when the model is full, as the reference does", async () => {
    const model = await startModel([httpError(503, { body: { error: { code: "server_is_overloaded" } } }), text("a")]);
    expect((await attempt(model.url, { requestMaxRetries: 1 })).error).toBeUndefined();
  });

  it.each([400, 401, 403, 404, 408, 409, 413, 422, 429, 431])("is not sent again after a %i", async (status) => {
    const model = await startModel(() => httpError(status, { headers: { "retry-after": "0" } }));
    expect((await attempt(model.url, { requestMaxRetries: 1 })).error).toHaveProperty("httpStatus", status);
    expect(model.requestCount).toBe(1);
  });

  it("is sent again after a reset, with the same headers", async () => {
    const seen: string[][] = [];
    const origin = await startHttpServer((request, response) => {
      seen.push(request.rawHeaders);
      if (seen.length === 1) request.socket.resetAndDestroy();
      else response.end('data: {"type":"response.completed"}\n\n');
    });
    expect((await attempt(origin, { requestMaxRetries: 1 })).error).toBeUndefined();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });

  it("is a broken connection when every one of them was reset", async () => {
    let requests = 0;
    const origin = await startHttpServer((request) => {
      requests += 1;
      request.socket.destroy();
    });
    const { error } = await attempt(origin, { requestMaxRetries: 1 });
    expect(error).toMatchObject({ code: "stream_disconnected", httpStatus: null, isRetryable: true });
    expect(String(error)).toContain(`stream disconnected before completion: error sending request to ${origin}`);
    expect(requests).toBe(2);
  });

  it("is an unreachable network when nobody listens, after as many tries", async () => {
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    const origin = await refusingOrigin();
    const { error } = await attempt(origin, { client, requestMaxRetries: 1 });
    expect(error).toMatchObject({
      code: "network_unreachable",
      httpStatus: null,
      isRetryable: true,
      message: `Connection failed: error sending request to ${origin}: ECONNREFUSED`,
    });
    expect(records).toHaveLength(2);
    expect(records[1]).toEqual(records[0]);
  });

  it("is not sent again by a client that is closed", async () => {
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    await client.close();
    const { error } = await attempt("http://127.0.0.1:9", { client, requestMaxRetries: 4 });
    expect(error).toMatchObject({ code: "stream_disconnected" });
    expect(records).toEqual([]);
  });

  it("is not sent again once a stream began", async () => {
    for (const reply of [[text("par"), cut()], [failure("server_error", "x")], rawBody([])] satisfies Reply[]) {
      const model = await startModel([reply]);
      expect((await attempt(model.url, { requestMaxRetries: 1 })).error).toMatchObject({ code: "stream_disconnected" });
      expect(model.requestCount).toBe(1);
    }
  });
});

describe("a receiver that fails", () => {
  it("is a bug that comes out as it is, not a broken stream", async () => {
    const model = await startModel(always(text("Hello world", { deltas: 3 })));
    const bug = new Error("a bug of the receiver");
    const { error } = await attempt(model.url, {
      onEvent: () => {
        throw bug;
      },
    });
    expect(error).toBe(bug);
  });
});

describe("an abort", () => {
  it("before the request throws the reason and sends nothing", async () => {
    const model = await startModel(always(text("a")));
    const { error } = await attempt(model.url, { signal: AbortSignal.abort("over"), requestMaxRetries: 1 });
    expect(error).toBe("over");
    expect(model.requestCount).toBe(0);
  });

  it("while waiting for headers throws the reason, and the server sees the close", async () => {
    const model = await startModel(() => neverAnswer());
    const controller = new AbortController();
    const going = attempt(model.url, { signal: controller.signal, requestMaxRetries: 1 });
    const request = await model.waitForRequest(1);
    const reason = new Error("over");
    controller.abort(reason);
    expect((await going).error).toBe(reason);
    expect(await request.done).toBe("aborted");
    expect(model.requestCount).toBe(1);
  });

  it("throws the reason even if it looks like a failure of ours", async () => {
    const model = await startModel(() => neverAnswer());
    for (const requestMaxRetries of [0, 1]) {
      const controller = new AbortController();
      const going = attempt(model.url, { signal: controller.signal, requestMaxRetries });
      await model.waitForRequest(requestMaxRetries + 1);
      const reason = new SwitchboardError({ code: "connection_lost", message: "the client left" });
      controller.abort(reason);
      expect((await going).error).toBe(reason);
    }
    expect(model.requestCount).toBe(2);
  });

  it("during the stream throws the reason, and the server sees the close", async () => {
    const model = await startModel([[text("par"), hang()]]);
    const controller = new AbortController();
    const reason = new Error("over");
    const { error, events } = await attempt(model.url, {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === "response.output_text.delta") setImmediate(() => controller.abort(reason));
      },
    });
    expect(error).toBe(reason);
    expect(textOfEvents(events)).toBe("par");
    expect(await model.requests[0]?.done).toBe("aborted");
  });

  it("while the body of an error is being read throws the reason", async () => {
    const controller = new AbortController();
    const origin = await startTcpServer((socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nhalf");
        setTimeout(() => controller.abort("over"), 20);
      }),
    );
    expect((await attempt(origin, { signal: controller.signal })).error).toBe("over");
  });

  it("during the back-off throws the reason at once and sends nothing more", async () => {
    const model = await startModel(() => httpError(503, { headers: { "retry-after": "300" } }));
    const controller = new AbortController();
    const going = attempt(model.url, { signal: controller.signal, requestMaxRetries: 4 });
    const request = await model.waitForRequest(1);
    await request.done;
    // Somewhere in the five minutes that the server asked for; without them there would be a second request by now.
    await sleep(500);
    controller.abort("over");
    expect((await going).error).toBe("over");
    expect(model.requestCount).toBe(1);
  });

  it("leaves other responses of the same client alone", async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const model = await startModel(always(text("a"), hold(released), text("b")));
    const client = openClient();
    const controller = new AbortController();
    const aborted = attempt(model.url, { client, signal: controller.signal });
    const other = attempt(model.url, { client });
    await model.waitForRequest(2);
    controller.abort("over");
    expect((await aborted).error).toBe("over");
    release();
    const { error, events } = await other;
    expect(error).toBeUndefined();
    expect(textOfEvents(events)).toBe("ab");
  });

  it("after the end changes nothing", async () => {
    const model = await startModel(always(text("a")));
    const client = openClient();
    const controller = new AbortController();
    expect((await attempt(model.url, { client, signal: controller.signal })).error).toBeUndefined();
    controller.abort("over");
    expect((await attempt(model.url, { client })).error).toBeUndefined();
  });
});
