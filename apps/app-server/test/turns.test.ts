import {
  cut,
  functionCall,
  hold,
  httpError,
  rawEvents,
  reasoning,
  responseHeaders,
  text,
  usage,
  type Part,
} from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** The notifications a client got since a point, by method, with the settled part of their params. */
function methodsSince(client: WireClient, start: number): string[] {
  return client.frames.slice(start).flatMap(({ id, method }) => (method === undefined ? [`reply ${id}`] : [method]));
}

/** The first words of an answer that never goes on. */
function unfinished(delta: string): readonly Part[] {
  const item = { type: "message", id: "msg_unfinished", role: "assistant", content: [] };
  return [
    rawEvents([
      { type: "response.output_item.added", output_index: 0, item },
      { type: "response.output_text.delta", item_id: item.id, output_index: 0, content_index: 0, delta },
    ]),
    hold(new Promise(() => undefined)),
  ];
}

const plainTurn = [
  "thread/status/changed",
  "turn/started",
  "item/started",
  "item/completed",
  "item/started",
  "item/agentMessage/delta",
  "item/agentMessage/delta",
  "item/completed",
  "thread/tokenUsage/updated",
  "account/rateLimits/updated",
  "thread/readState/changed",
  "thread/status/changed",
  "turn/completed",
];

describe("a plain turn", () => {
  it("tells its owner everything, in the reference's order, and others only the status", async () => {
    const { client } = await testServer({
      script: () => [
        text("Hello world", { deltas: 2 }),
        usage({ inputTokens: 100, cachedTokens: 10, outputTokens: 20, reasoningTokens: 5 }),
      ],
    });
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    for (const each of [owner, other]) await each.notification("remoteControl/status/changed");
    const threadId = await owner.startThread();
    const [start, startOfOther] = [owner.frames.length, other.frames.length];
    const answer = await owner.call("turn/start", {
      threadId,
      clientUserMessageId: "message-1",
      input: [{ type: "text", text: "hi there" }],
    });
    const { turn } = answer.result;
    expect(turn).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      rootTurnId: turn.id,
      items: [],
      itemsView: "notLoaded",
      status: "inProgress",
      error: null,
      startedAt: null,
      completedAt: null,
      durationMs: null,
    });
    await owner.notification("turn/completed");
    const announced = owner.frames.findIndex(({ method }) => method === "thread/started");
    expect(announced).toBeGreaterThanOrEqual(0);
    const seen = methodsSince(owner, start).filter((each) => each !== "thread/started");
    expect(seen).toEqual(["warning", `reply ${answer.id}`, ...plainTurn]);
    const started = owner.notifications("item/started").map(({ item }) => item);
    expect(started).toEqual([
      {
        type: "userMessage",
        id: expect.any(String),
        clientId: "message-1",
        content: [{ type: "text", text: "hi there", text_elements: [] }],
        startedAtMs: expect.any(Number),
        completedAtMs: null,
      },
      {
        type: "agentMessage",
        moderation: null,
        id: expect.stringMatching(/^msg_/),
        text: "",
        phase: null,
        memoryCitation: null,
        delivery: null,
        questions: null,
        startedAtMs: expect.any(Number),
        completedAtMs: null,
      },
    ]);
    const tokens = {
      totalTokens: 120,
      inputTokens: 100,
      cachedInputTokens: 10,
      cacheWriteInputTokens: 0,
      outputTokens: 20,
      reasoningOutputTokens: 5,
    };
    expect(owner.notifications("thread/tokenUsage/updated")).toEqual([
      { threadId, turnId: turn.id, tokenUsage: { total: tokens, last: tokens, modelContextWindow: 258400 } },
    ]);
    const [completed] = owner.notifications("turn/completed");
    expect(completed.turn).toMatchObject({ id: turn.id, status: "completed", itemsView: "summary", error: null });
    expect(completed.turn.items.map((item: Json) => item.text)).toEqual(["Hello world"]);
    expect(completed.turn.durationMs).toBeGreaterThanOrEqual(0);
    await other.notification("thread/status/changed", ({ status }) => status.type === "idle");
    expect(methodsSince(other, startOfOther).filter((each) => each !== "thread/started")).toEqual([
      "thread/status/changed",
      "thread/status/changed",
    ]);
    for (const frame of owner.frames) {
      expect(frame.emittedAtMs === undefined).toBe(frame.method === undefined);
      expect(frame).not.toHaveProperty("jsonrpc");
    }
  });

  it("withholds experimental notifications from those without the capability, and what they opted out of", async () => {
    const { client } = await testServer();
    const owner = await client("owner", "1", {
      optOutNotificationMethods: ["item/agentMessage/delta", "thread/started", "foo/bar", "turn/started"],
    });
    const turn = await owner.runTurn(await owner.startThread(), "hi", { effort: "high" });
    expect(turn.status).toBe("completed");
    const seen = new Set(owner.frames.map(({ method }) => method));
    for (const withheld of [
      "item/agentMessage/delta",
      "thread/started",
      "turn/started",
      "thread/settings/updated",
      "thread/readState/changed",
    ]) {
      expect(seen).not.toContain(withheld);
    }
    expect(seen).toContain("item/completed");
  });

  it("keeps the conversation: the second request holds the first turn, with the model's own ids", async () => {
    const { client, requestsOf } = await testServer({
      script: [[reasoning({ summary: "Thinking" }), text("first answer")], text("second answer")],
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread({ baseInstructions: "BASE", developerInstructions: "DEV" });
    await owner.runTurn(threadId, "one");
    const turn = await owner.runTurn(threadId, "two");
    const [request] = requestsOf(turn.id);
    const input: Json = request?.at("input");
    expect(
      input.map((item: Json) => [item.type, item.role, item.content?.at(-1)?.text ?? item.summary?.[0]?.text]),
    ).toEqual([
      ["message", "developer", "BASE"],
      ["message", "developer", "DEV"],
      ["message", "user", expect.stringContaining("<environment_context>")],
      ["message", "user", "one"],
      ["reasoning", undefined, "Thinking"],
      ["message", "assistant", "first answer"],
      ["message", "user", "two"],
    ]);
    expect(input[4].id).toMatch(/^rs_/);
    expect(input[5].id).toMatch(/^msg_/);
    expect(request?.at("store")).toBe(false);
    expect(request?.at("stream")).toBe(true);
    expect(request?.at("prompt_cache_key")).toBe(threadId);
    expect(request?.header("thread-id")).toBe(threadId);
    expect(request?.header("authorization")).toBe("Bearer secret-key");
    expect(JSON.parse(request?.header("x-codex-turn-metadata") ?? "")).toMatchObject({
      thread_id: threadId,
      turn_id: turn.id,
    });
  });

  it("streams reasoning as summary parts and text", async () => {
    const { client } = await testServer({
      script: () => [reasoning({ summary: ["**Think** a", "second"], content: "raw text" }), text("ok")],
    });
    const owner = await client("codex_vscode");
    await owner.runTurn(await owner.startThread(), "hi");
    const reasoningItem = owner.notifications("item/completed").find(({ item }) => item.type === "reasoning")?.item;
    expect(reasoningItem).toMatchObject({ summary: ["**Think** a", "second"], content: ["raw text"] });
    expect(owner.notifications("item/reasoning/summaryPartAdded").map(({ summaryIndex }) => summaryIndex)).toEqual([
      0, 1,
    ]);
    const summary = owner.notifications("item/reasoning/summaryTextDelta");
    expect(
      summary
        .filter(({ summaryIndex }) => summaryIndex === 0)
        .map(({ delta }) => delta)
        .join(""),
    ).toBe("**Think** a");
    expect(
      owner
        .notifications("item/reasoning/textDelta")
        .map(({ delta }) => delta)
        .join(""),
    ).toBe("raw text");
  });

  it("takes settings for itself and later turns, and tells those who watch", async () => {
    const { client, requestsOf } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "one", {
      model: "other-model",
      effort: "high",
      summary: "detailed",
      outputSchema: { type: "object" },
    });
    const second = await owner.runTurn(threadId, "two");
    expect(
      owner
        .notifications("thread/settings/updated")
        .map(({ threadSettings }) => [threadSettings.model, threadSettings.effort]),
    ).toEqual([["other-model", "high"]]);
    const [request] = requestsOf(second.id);
    expect(request?.at("model")).toBe("other-model");
    expect(request?.at("reasoning")).toEqual({ effort: "high", summary: "detailed" });
    // The schema was for one turn only.
    expect(request?.at("text")).toBeUndefined();
  });

  it("echoes the provider's turn state within the turn, not across turns", async () => {
    const { client, requestsOf } = await testServer({
      script: [
        [responseHeaders({ "x-codex-turn-state": "state-1" }), functionCall({ name: "nothing", arguments: {} })],
        text("done"),
        text("next"),
      ],
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const first = await owner.runTurn(threadId, "one");
    const second = await owner.runTurn(threadId, "two");
    const states = [...requestsOf(first.id), ...requestsOf(second.id)].map((request) =>
      request.header("x-codex-turn-state"),
    );
    expect(states).toEqual([undefined, "state-1", undefined]);
  });

  it("tells the model that a tool it asks for does not exist", async () => {
    const { client, requestsOf } = await testServer({
      script: [functionCall({ name: "magic", arguments: { a: 1 }, callId: "call_1" }), text("sorry")],
    });
    const owner = await client("codex_vscode");
    const turn = await owner.runTurn(await owner.startThread(), "hi");
    expect(turn.status).toBe("completed");
    const [, request] = requestsOf(turn.id);
    expect(request?.at("input", -1)).toMatchObject({
      type: "function_call_output",
      call_id: "call_1",
      output: "unsupported call: magic",
    });
  });
});

describe("a turn that fails", () => {
  it("says so as an error and ends as failed; the thread goes on", async () => {
    const { client } = await testServer({
      script: [httpError(400, { body: "bad request, says the model" }), text("fine")],
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const turn = await owner.runTurn(threadId, "one");
    const error = {
      message: "bad request, says the model",
      codexErrorInfo: "other",
      additionalDetails: null,
      misalignment: null,
    };
    expect(turn).toMatchObject({ status: "failed", error, items: [], itemsView: "notLoaded" });
    expect(owner.notifications("error")).toEqual([{ error, willRetry: false, threadId, turnId: turn.id }]);
    const kinds = owner.frames.flatMap(({ method, params }) =>
      method === "thread/status/changed"
        ? [`status ${(params as Json).status.type}`]
        : method === "error" || method === "turn/completed"
          ? [method]
          : [],
    );
    expect(kinds).toEqual(["status active", "status systemError", "error", "turn/completed"]);
    expect((await owner.runTurn(threadId, "two")).status).toBe("completed");
  });

  it("announces each further attempt, and keeps nothing of a half answer", async () => {
    const { client, requestsOf } = await testServer({
      provider: "request_max_retries = 0\nstream_max_retries = 2",
      script: [
        [text("half an answer", { deltas: 4 }), cut({ afterEvents: 6 })],
        httpError(401, { body: { error: { message: "no key" } } }),
        text("whole"),
      ],
    });
    const owner = await client("codex_vscode");
    const turn = await owner.runTurn(await owner.startThread(), "hi");
    expect(turn.items.map((item: Json) => item.text)).toEqual(["whole"]);
    const retries = owner
      .notifications("error")
      .map(({ error, willRetry }) => [error.message, willRetry, error.codexErrorInfo]);
    expect(retries).toEqual([
      ["Reconnecting... 1/2", true, { responseStreamDisconnected: { httpStatusCode: null } }],
      ["Reconnecting... 2/2", true, { responseStreamDisconnected: { httpStatusCode: 401 } }],
    ]);
    const [, , last] = requestsOf(turn.id);
    expect(JSON.stringify(last?.at("input"))).not.toContain("half an");
  });

  it.each([
    ["no key in the environment", {}, "Missing environment variable: `MOCK_KEY`."],
    ["an empty key", { MOCK_KEY: " " }, "Missing environment variable: `MOCK_KEY`."],
  ])("with %s, before anything is sent", async (_what, environment, message) => {
    const { client, simulator } = await testServer({ options: { environment } });
    const owner = await client("codex_vscode");
    const turn = await owner.runTurn(await owner.startThread(), "hi");
    expect(turn.error.message).toBe(message);
    expect(simulator.requestCount).toBe(0);
  });
});

describe("turn/interrupt and input to a running turn", () => {
  it("stops the turn, whoever asks, and the next turn knows", async () => {
    const { client, requestsOf, simulator } = await testServer({ script: [unfinished("one two"), text("after")] });
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    const threadId = await owner.startThread();
    const turnId = await owner.startTurn(threadId, "slow");
    await owner.notification("item/agentMessage/delta");
    const wrong = await other.call("turn/interrupt", { threadId, turnId: "01900000-0000-7000-8000-000000000000" });
    expect(wrong.error.message).toBe(
      `expected active turn id 01900000-0000-7000-8000-000000000000 but found ${turnId}`,
    );
    expect(await other.request("turn/interrupt", { threadId, turnId })).toEqual({});
    const { params } = await owner.notification("turn/completed");
    expect(params.turn).toMatchObject({
      id: turnId,
      status: "interrupted",
      error: null,
      items: [],
      itemsView: "notLoaded",
    });
    expect(await simulator.requests[0]?.done).toBe("aborted");
    expect((await other.call("turn/interrupt", { threadId, turnId })).error.message).toBe(
      "no active turn to interrupt",
    );
    expect(await other.request("turn/interrupt", { threadId, turnId: "" })).toEqual({});
    const after = await owner.runTurn(threadId, "go on");
    const input: Json = requestsOf(after.id)[0]?.at("input");
    expect(input.at(-2).content[0].text).toContain("<turn_aborted>");
    expect(JSON.stringify(input)).not.toContain("one two");
  });

  it("adds the input of a turn/start while one runs, which cuts the answer off", async () => {
    const { client, requestsOf } = await testServer({ script: [unfinished("one two"), text("to both")] });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const turnId = await owner.startTurn(threadId, "first");
    await owner.notification("item/agentMessage/delta");
    expect((await owner.call("turn/start", { threadId, input: [] })).error).toEqual({
      code: -32603,
      message: "failed to submit turn input: EmptyInput",
    });
    expect(await owner.startTurn(threadId, "second", { clientUserMessageId: "c2" })).toBe(turnId);
    const { params } = await owner.notification("turn/completed");
    expect(params.turn.items.map((item: Json) => item.text)).toEqual(["to both"]);
    expect(owner.notifications("turn/started")).toHaveLength(1);
    const shown = owner.notifications("item/completed").filter(({ item }) => item.type === "userMessage");
    expect(shown.map(({ item }) => [item.content[0].text, item.clientId])).toEqual([
      ["first", null],
      ["second", "c2"],
    ]);
    const input: Json = requestsOf(turnId)[1]?.at("input");
    expect(input.slice(-2).map((item: Json) => item.content[0].text)).toEqual(["first", "second"]);
  });

  it("steers with turn/steer, if the turn is the expected one", async () => {
    const { client } = await testServer({ script: [unfinished("one two"), text("steered")] });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const steer = (expectedTurnId: string, input: Json = [{ type: "text", text: "more" }]) =>
      owner.call("turn/steer", { threadId, expectedTurnId, input });
    expect((await steer("x")).error.message).toBe("no active turn to steer");
    const turnId = await owner.startTurn(threadId, "first");
    await owner.notification("item/agentMessage/delta");
    expect((await steer("x")).error.message).toBe(`expected active turn id \`x\` but found \`${turnId}\``);
    expect((await steer(turnId, [])).error.message).toBe("input must not be empty");
    expect((await steer(turnId)).result).toEqual({ turnId });
    expect((await owner.notification("turn/completed")).params.turn.items[0].text).toBe("steered");
  });

  it("starts a turn without input on an idle thread, without a message of the user", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.request("turn/start", { threadId, input: [] });
    await owner.notification("turn/completed");
    expect(owner.notifications("item/completed").map(({ item }) => item.type)).toEqual(["agentMessage"]);
  });

  it("refuses input that the model cannot be given yet", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const { error } = await owner.call("turn/start", { threadId, input: [{ type: "localAudio", path: "/x.wav" }] });
    expect(error).toEqual({ code: -32600, message: "input of type `localAudio` is not supported by this server yet" });
  });
});
