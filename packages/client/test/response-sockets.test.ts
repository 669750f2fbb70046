import {
  cut,
  deltas,
  failure,
  hang,
  httpError,
  incomplete,
  neverAnswer,
  rawEvents,
  startSimulator,
  text,
  type Script,
  type Simulator,
  type SimulatorOptions,
} from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import {
  ResponseSockets,
  streamResponse,
  type Headers,
  type OutboundEnd,
  type OutboundRecord,
  type ResponseEvent,
  type ResponseSocketsOptions,
  type SocketRequest,
} from "../src/index.js";
import { openClient } from "./support/client.js";
import { until } from "./support/until.js";

async function startModel(script: Script, handshake?: SimulatorOptions["handshake"]): Promise<Simulator> {
  const simulator = await startSimulator({ script, ...(handshake === undefined ? {} : { handshake }) });
  onTestFinished(() => simulator.close());
  return simulator;
}

function openSockets(options?: ResponseSocketsOptions): ResponseSockets {
  const sockets = new ResponseSockets(options);
  onTestFinished(() => sockets.close());
  return sockets;
}

function requestTo(simulator: Simulator, changes: Partial<SocketRequest> = {}): SocketRequest {
  return {
    provider: "mock",
    url: `${simulator.url.replace("http", "ws")}/responses`,
    headers: { authorization: "Bearer a", "thread-id": "t1" },
    owner: { originator: "client_a", "user-agent": "client_a/1" },
    body: { model: "m", stream: true, input: [{ type: "message", id: "msg_1" }], client_metadata: { a: "1" } },
    metadata: {},
    connectTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Asks, and tells what the receiver got and what was thrown. */
async function ask(sockets: ResponseSockets, request: SocketRequest) {
  const events: ResponseEvent[] = [];
  const headers: Headers[] = [];
  const error: unknown = await sockets
    .stream(request, { onHeaders: (each) => headers.push(each), onEvent: (event) => events.push(event) })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return { events, headers, error };
}

describe("a socket", () => {
  const base = { authorization: "Bearer a", "thread-id": "t1" };
  it.each<readonly [string, Partial<SocketRequest>]>([
    ["another originator", { owner: { originator: "client_b", "user-agent": "client_a/1" } }],
    ["another User-Agent", { owner: { originator: "client_a", "user-agent": "client_a/2" } }],
    [
      "a residency",
      { owner: { originator: "client_a", "user-agent": "client_a/1", "x-openai-internal-codex-residency": "us" } },
    ],
    ["a service's originator", { headers: { ...base, originator: "codex_work_web" } }],
    ["another credential", { headers: { ...base, authorization: "Bearer b" } }],
    ["another account", { headers: { ...base, "chatgpt-account-id": "2" } }],
    ["another conversation", { headers: { ...base, "thread-id": "t2" } }],
    ["another provider at the same URL", { provider: "other" }],
  ])("is not used again for %s", async (_, changes) => {
    const simulator = await startModel(() => text("Hi"));
    const sockets = openSockets();
    await ask(sockets, requestTo(simulator));
    await ask(sockets, requestTo(simulator, changes));
    await ask(sockets, requestTo(simulator));
    expect(simulator.handshakes).toHaveLength(2);
    expect(simulator.requests.map(({ connectionIndex }) => connectionIndex)).toEqual([0, 1, 0]);
  });

  it("is used again by value, whatever tells of one turn only", async () => {
    const simulator = await startModel(() => text("Hi"));
    const sockets = openSockets();
    for (const turn of ["1", "2"]) {
      const headers = { ...base, "x-codex-turn-metadata": turn, "x-codex-window-id": turn };
      await ask(sockets, requestTo(simulator, { headers, owner: { ...requestTo(simulator).owner } }));
    }
    expect(simulator.handshakes).toHaveLength(1);
  });

  it("serves one request at a time", async () => {
    const simulator = await startModel(() => text("Hi", { delayMs: 5 }));
    const sockets = openSockets();
    await Promise.all([1, 2, 3].map(() => ask(sockets, requestTo(simulator))));
    expect(simulator.handshakes).toHaveLength(3);
    await ask(sockets, requestTo(simulator));
    expect(simulator.handshakes).toHaveLength(3);
  });

  it("that waits too long is closed", async () => {
    const simulator = await startModel(() => text("Hi"));
    await ask(openSockets({ maxIdleMs: 20 }), requestTo(simulator));
    await until(() => simulator.openSockets === 0);
    expect(simulator.handshakes).toHaveLength(1);
  });

  it("that waited longest is closed when too many wait", async () => {
    const simulator = await startModel(() => text("Hi"));
    const sockets = openSockets({ maxIdle: 2 });
    const asOne = (thread: string) => ask(sockets, requestTo(simulator, { headers: { ...base, "thread-id": thread } }));
    for (const thread of ["1", "2", "3"]) await asOne(thread);
    await until(() => simulator.openSockets === 2);
    await asOne("3");
    await asOne("2");
    expect(simulator.handshakes).toHaveLength(3);
    await asOne("1");
    expect(simulator.handshakes).toHaveLength(4);
  });

  it("is closed with all others, in use or not", async () => {
    const simulator = await startModel((request) => (request.index === 0 ? text("Hi") : [deltas(1, "x"), hang()]));
    const sockets = openSockets();
    await ask(sockets, requestTo(simulator));
    const hanging = ask(sockets, requestTo(simulator, { provider: "other" }));
    await simulator.waitForRequest(2);
    sockets.close();
    expect((await hanging).error).toMatchObject({ code: "stream_disconnected" });
    await until(() => simulator.openSockets === 0);
    expect((await ask(sockets, requestTo(simulator))).error).toMatchObject({ code: "stream_disconnected" });
    expect(simulator.openSockets).toBe(0);
  });
});

describe("what is sent", () => {
  const input = [{ type: "message", id: "msg_1", role: "user", content: [] }];
  const answered = (id: string) => ({
    type: "message",
    id,
    role: "assistant",
    content: [{ type: "output_text", text: "Hi", annotations: [] }],
  });
  const more = { type: "function_call_output", call_id: "c", output: "x" };

  /** The second frame after an answer `Hi`. */
  async function second(body: SocketRequest["body"]) {
    const simulator = await startModel(() => text("Hi", { id: "msg_9" }));
    const sockets = openSockets();
    await ask(sockets, requestTo(simulator, { body: { model: "m", stream: true, input, store: false } }));
    await ask(sockets, requestTo(simulator, { body }));
    return simulator.requests[1];
  }

  it("is only what is new when the conversation goes on", async () => {
    const whole = [...input, answered("msg_9"), more];
    const request = await second({ model: "m", stream: true, input: whole, store: false, client_metadata: { a: "2" } });
    expect(Object.keys(Object(request?.body))).toEqual([
      "type",
      "model",
      "stream",
      "previous_response_id",
      "input",
      "store",
      "client_metadata",
    ]);
    expect(request?.at("input")).toEqual([more]);
    expect(request?.at("previous_response_id")).toMatch(/^resp_/);
    expect(request?.at("client_metadata", "a")).toBe("2");
  });

  it.each([
    ["another model", { model: "n", stream: true, input: [...input, answered("msg_9"), more], store: false }],
    ["another beginning", { model: "m", stream: true, input: [more, answered("msg_9"), more], store: false }],
    ["an answer left out", { model: "m", stream: true, input: [...input, more, more], store: false }],
    [
      "an answer changed",
      { model: "m", stream: true, input: [...input, { ...answered("msg_9"), content: [] }, more], store: false },
    ],
    ["less than before", { model: "m", stream: true, input, store: false }],
  ])("is everything with %s", async (_, body) => {
    const request = await second(body);
    expect(request?.at("previous_response_id")).toBeUndefined();
    expect(request?.at("input")).toEqual(body.input);
  });
});

describe("what comes", () => {
  it("is handed over as over HTTP", async () => {
    const simulator = await startModel(() => [
      rawEvents(["data: no JSON\n\n"]),
      text("Hello", { deltas: 3, id: "msg_1" }),
    ]);
    const overSocket = await ask(openSockets(), requestTo(simulator));
    const events: ResponseEvent[] = [];
    await streamResponse(
      { ...requestTo(simulator), client: openClient(), url: `${simulator.url}/responses`, requestMaxRetries: 0 },
      { onHeaders: () => undefined, onEvent: (event) => events.push(event) },
    );
    expect(overSocket.error).toBeUndefined();
    expect(overSocket.events).toEqual(events);
  });

  it("as `response.metadata` is headers", async () => {
    const simulator = await startModel(() => [
      rawEvents([{ type: "response.metadata", headers: { "X-Codex-Turn-State": "s" } }]),
      text("Hi"),
    ]);
    expect((await ask(openSockets(), requestTo(simulator))).headers).toEqual([{ "x-codex-turn-state": "s" }]);
  });

  it.each([
    ["a cut", [text("Hi"), cut()], "stream_disconnected", true],
    ["a close", [text("Hi"), cut({ how: "end" })], "stream_disconnected", true],
    ["`response.failed`", [failure("context_length_exceeded", "x")], "context_window_exceeded", false],
    ["`response.incomplete`", [incomplete("max_output_tokens")], "refused", false],
    ["400", httpError(400), "bad_request", false],
    ["429 with a wait", httpError(429, { headers: { "retry-after": "1" } }), "too_many_requests", true],
    ["500", httpError(500), "internal_server_error", true],
  ] as const)("as %s is the error it is over HTTP, and ends the socket", async (_, reply, code, isRetryable) => {
    const simulator = await startModel(() => reply);
    const { error } = await ask(openSockets(), requestTo(simulator));
    expect(error).toMatchObject({ code, isRetryable });
    await until(() => simulator.openSockets === 0);
  });

  it("too late is an idle timeout", async () => {
    const simulator = await startModel(() => [deltas(1, "x"), hang()]);
    const { error } = await ask(openSockets(), requestTo(simulator, { idleTimeoutMs: 30 }));
    expect(error).toMatchObject({
      code: "stream_disconnected",
      message: "stream disconnected before completion: idle timeout waiting for websocket",
    });
  });

  it("after an abort is nothing, and the socket is closed", async () => {
    const simulator = await startModel(() => [deltas(1, "x"), hang()]);
    const controller = new AbortController();
    const asked = ask(openSockets(), requestTo(simulator, { signal: controller.signal }));
    await simulator.waitForRequest(1);
    const reason = new Error("enough");
    controller.abort(reason);
    expect((await asked).error).toBe(reason);
    await until(() => simulator.openSockets === 0);
  });
});

describe("a handshake", () => {
  it.each([
    [401, "unexpected_status"],
    [404, "unexpected_status"],
    [426, "unexpected_status"],
    [500, "internal_server_error"],
  ])("that is refused with %i is that error", async (status, code) => {
    const ends: OutboundEnd[] = [];
    const records: OutboundRecord[] = [];
    const simulator = await startModel(
      () => text("Hi"),
      () => httpError(status),
    );
    const sockets = openSockets({
      onRequest: (record) => {
        records.push(record);
        return (end) => ends.push(end);
      },
    });
    const { error } = await ask(sockets, requestTo(simulator));
    expect(error).toMatchObject({ code, ...(status === 500 ? {} : { httpStatus: status }) });
    expect(records).toMatchObject([{ kind: "responses-websocket", originator: "client_a", path: "/v1/responses" }]);
    expect(ends).toEqual([{ status, receivedBytes: 0, failure: "websocket_refused" }]);
  });

  it("without an answer is given up, and so is its connection", async () => {
    const simulator = await startModel(
      () => text("Hi"),
      () => neverAnswer(),
    );
    const { error } = await ask(openSockets(), requestTo(simulator, { connectTimeoutMs: 50 }));
    expect(error).toMatchObject({ code: "stream_disconnected", isRetryable: true });
    await until(() => simulator.openSockets === 0);
  });

  it("ends with the abort of its request", async () => {
    const simulator = await startModel(
      () => text("Hi"),
      () => neverAnswer(),
    );
    const controller = new AbortController();
    const asked = ask(openSockets(), requestTo(simulator, { signal: controller.signal }));
    await until(() => simulator.openSockets === 1);
    controller.abort(new Error("enough"));
    expect((await asked).error).toBe(controller.signal.reason);
    await until(() => simulator.openSockets === 0);
  });
});
