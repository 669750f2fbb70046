import { functionCall, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { calls, mcpLog, namespaces, patient, toolNames } from "./support/mcp.js";
import { testServer, type TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** A server with one scripted MCP server `scr`, and a client with a thread. */
async function withServer({
  script,
  mode,
  more,
  thread = {},
}: {
  script?: Parameters<typeof testServer>[0] extends infer O ? (O extends { script?: infer S } ? S : never) : never;
  mode?: string;
  more?: string;
  thread?: Json;
} = {}): Promise<{ server: TestServer; owner: WireClient; threadId: string; log: Awaited<ReturnType<typeof mcpLog>> }> {
  const log = await mcpLog();
  const server = await testServer({
    top: patient,
    ...(script === undefined ? {} : { script }),
    provider: log.server("scr", mode, more),
  });
  const owner = await server.client("codex_vscode");
  const threadId = await owner.startThread(thread);
  return { server, owner, threadId, log };
}

const finished = (owner: WireClient): Json[] =>
  owner
    .notifications("item/completed")
    .map(({ item }) => item)
    .filter(({ type }) => type === "mcpToolCall");

/** What the model was told of the last call, without how long it took. */
function told(server: TestServer): Json {
  const output: Json = server.simulator.requests.at(-1)?.at("input", -1);
  if (typeof output.output === "string") return output.output.replace(/^Wall time: [\d.]+ seconds\nOutput:\n/, "");
  expect(output.output[0].text).toMatch(/^Wall time: \d+\.\d{4} seconds\nOutput:$/);
  return output.output.slice(1);
}

describe("MCP tools in a turn", () => {
  it("are offered to the model and called, and clients see it", async () => {
    const { server, owner, threadId } = await withServer({ script: calls("mcp__scr__echo", { a: "hi" }) });
    const turn = await owner.runTurn(threadId, "go");
    expect(turn.status).toBe("completed");
    const [namespace] = namespaces(server.simulator.requests[0]);
    expect(namespace).toMatchObject({ type: "namespace", name: "mcp__scr", description: "Use me well." });
    expect(namespace.tools.find(({ name }: Json) => name === "echo")).toEqual({
      type: "function",
      name: "echo",
      description: "echo tool",
      strict: false,
      parameters: { type: "object", properties: { a: { type: "string" } } },
    });
    const [started] = owner.notifications("item/started").filter(({ item }) => item.type === "mcpToolCall");
    const begun = {
      type: "mcpToolCall",
      id: "call_1",
      server: "scr",
      tool: "echo",
      status: "inProgress",
      arguments: { a: "hi" },
      appContext: null,
      mcpAppUi: null,
      pluginId: null,
      readOnlyHint: true,
      result: null,
      error: null,
      durationMs: null,
      startedAtMs: expect.any(Number),
      completedAtMs: null,
    };
    expect(started.item).toEqual(begun);
    expect(finished(owner)).toEqual([
      {
        ...begun,
        status: "completed",
        result: { content: [{ type: "text", text: 'echo {"a":"hi"}' }], structuredContent: null, _meta: null },
        durationMs: expect.any(Number),
        completedAtMs: expect.any(Number),
      },
    ]);
    expect(told(server)).toEqual([{ type: "input_text", text: 'echo {"a":"hi"}' }]);
    const read = await owner.request("thread/read", { threadId, includeTurns: true });
    expect(read.thread.turns[0].items.map(({ type }: Json) => type)).toEqual([
      "userMessage",
      "mcpToolCall",
      "agentMessage",
    ]);
  });

  it("tell how they get on", async () => {
    const { owner, threadId } = await withServer({ script: calls("mcp__scr__progress") });
    await owner.runTurn(threadId, "go");
    expect(owner.notifications("item/mcpToolCall/progress").map(({ itemId, message }) => [itemId, message])).toEqual([
      ["call_1", "half way"],
      ["call_1", "2/2"],
    ]);
  });

  it("cannot flood clients with progress", async () => {
    const { owner, threadId } = await withServer({ script: calls("mcp__scr__flood") });
    await owner.runTurn(threadId, "go");
    expect(owner.notifications("item/mcpToolCall/progress")).toHaveLength(1_000);
  });

  it.each<[string, Json, Json, Json]>([
    [
      "fail",
      { status: "failed", result: { content: [{ type: "text", text: "it failed" }] }, error: null },
      [{ type: "input_text", text: "it failed" }],
      {},
    ],
    [
      "refuse",
      {
        status: "failed",
        result: null,
        error: {
          message:
            'tool call error: tool call failed for `scr/refuse`\n\nCaused by:\n    Mcp error: -32602: bad arguments({"x":1})',
        },
      },
      [{ text: expect.stringContaining("bad arguments") }],
      {},
    ],
    [
      "nonsense",
      { status: "failed", error: { message: expect.stringContaining("Unexpected response type") } },
      [{ text: expect.stringContaining("Unexpected response type") }],
      {},
    ],
    [
      "crash",
      { status: "failed", error: { message: expect.stringContaining("Transport closed") } },
      [{ text: expect.stringContaining("Transport closed") }],
      {},
    ],
    [
      "echo",
      {
        status: "failed",
        error: { message: expect.stringContaining("MCP tool arguments must be a JSON object, got [1]") },
      },
      [{ text: expect.stringContaining("must be a JSON object") }],
      [1],
    ],
    ["echo", { status: "completed", arguments: null }, [{ text: "echo null" }], ""],
    ["structured", { status: "completed", result: { structuredContent: { x: 1 }, _meta: { k: "v" } } }, '{"x":1}', {}],
    [
      "picture",
      { status: "completed" },
      [
        { type: "input_text", text: "see" },
        { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "high" },
      ],
      {},
    ],
  ])("%s: an outcome that clients and the model are told", async (tool, item, output, args) => {
    const { server, owner, threadId } = await withServer({ script: calls(`mcp__scr__${tool}`, args) });
    const turn = await owner.runTurn(threadId, "go");
    expect(turn.status).toBe("completed");
    expect(finished(owner)).toMatchObject([item]);
    expect(told(server)).toMatchObject(output);
  });

  it("tell the model of arguments that are not JSON, without a call", async () => {
    const { server, owner, threadId, log } = await withServer({ script: calls("mcp__scr__echo", "{broken") });
    await owner.runTurn(threadId, "go");
    expect(told(server)[0].text).toMatch(/^err: /);
    expect(finished(owner)).toEqual([]);
    expect(log.notes("in").map(({ method }) => method)).not.toContain("tools/call");
  });

  it("bound what a huge result does to clients and to the model", async () => {
    const { server, owner, threadId } = await withServer({ script: calls("mcp__scr__huge") });
    await owner.runTurn(threadId, "go");
    expect(JSON.stringify(finished(owner)[0].result).length).toBeLessThan(1_100_000);
    expect(told(server)[0].text.length).toBeLessThan(41_000);
    expect(told(server)[0].text).toMatch(/^h+…\d+ characters truncated…h+$/);
  });

  it("time out, and the server is told", async () => {
    const { owner, threadId, log } = await withServer({
      script: calls("mcp__scr__silent"),
      more: "tool_timeout_sec = 0.2",
    });
    await owner.runTurn(threadId, "go");
    expect(finished(owner)[0].error.message).toBe(
      "tool call error: tool call failed for `scr/silent`\n\nCaused by:\n    timed out awaiting tools/call after 0.2s",
    );
    await log.noted("silent");
    for (;;) {
      if (log.notes("in").some(({ method }) => method === "notifications/cancelled")) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  it("stop with the turn; every call has an answer in the next request", async () => {
    const { server, owner, threadId, log } = await withServer({
      script: [
        [
          functionCall({ namespace: "mcp__scr", name: "silent", arguments: {}, callId: "call_1" }),
          functionCall({ namespace: "mcp__scr", name: "echo", arguments: {}, callId: "call_2" }),
        ],
        text("after"),
      ],
    });
    const turnId = await owner.startTurn(threadId, "go");
    await log.noted("silent");
    await owner.request("turn/interrupt", { threadId, turnId });
    expect((await owner.notification("turn/completed")).params.turn.status).toBe("interrupted");
    await owner.runTurn(threadId, "again");
    const input: Json = server.simulator.requests[1]?.at("input");
    expect(
      input
        .filter(({ type }: Json) => type === "function_call_output")
        .map(({ call_id: callId, output }: Json) => [callId, output]),
    ).toEqual([
      ["call_1", "aborted by user"],
      ["call_2", "aborted by user"],
    ]);
  });

  it("have names the API takes, whatever the server calls them", async () => {
    const { server, owner, threadId } = await withServer({ mode: "odd-names" });
    await owner.runTurn(threadId, "go");
    const names = toolNames(server.simulator.requests[0]);
    expect(names).toEqual([
      "mcp__scr__a_b_c_d_3795e660705b",
      "mcp__scr__a_b_c_d_52de79befb3a",
      "mcp__scr__plain",
      expect.stringMatching(/^mcp__scr__same_[0-9a-f]{12}$/),
      expect.stringMatching(/^mcp__scr__x{51}_[0-9a-f]{12}$/),
    ]);
    for (const name of names) expect(name.replace("mcp__scr__", "")).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it("are left out when they are switched off", async () => {
    const { server, owner, threadId } = await withServer({
      script: calls("mcp__scr__fail"),
      more: 'enabled_tools = ["echo", "fail"]\ndisabled_tools = ["fail"]',
    });
    await owner.runTurn(threadId, "go");
    const names = toolNames(server.simulator.requests[0]);
    expect(names).toEqual(["mcp__scr__echo"]);
    expect(server.simulator.requests[1]?.at("input", -1)).toMatchObject({ output: "unsupported call: mcp__scrfail" });
    const direct = await owner.call("mcpServer/tool/call", { threadId, server: "scr", tool: "fail" });
    expect(direct.error).toEqual({ code: -32603, message: "tool 'fail' is disabled for MCP server 'scr'" });
  });

  it("follow a server that gets another tool", async () => {
    const { server, owner, threadId } = await withServer({ script: [...calls("mcp__scr__more_tools"), text("ok")] });
    await owner.runTurn(threadId, "one");
    await owner.runTurn(threadId, "two");
    const names = toolNames(server.simulator.requests[2]);
    expect(names).toContain("mcp__scr__new");
  });

  it("send ids of the thread, the turn and the call, and no client's name", async () => {
    const { owner, threadId, log } = await withServer({ script: calls("mcp__scr__meta") });
    const turn = await owner.runTurn(threadId, "go");
    const meta = JSON.parse(finished(owner)[0].result.content[0].text);
    expect(meta).toMatchObject({ callId: "call_1", threadId, sessionId: threadId });
    expect(meta["x-codex-turn-metadata"]).toMatchObject({ thread_id: threadId, turn_id: turn.id, model: "mock-model" });
    const [initialize] = log.notes("in");
    expect(initialize?.["params"]).toEqual({
      protocolVersion: "2025-06-18",
      capabilities: { elicitation: { form: {}, url: {} } },
      clientInfo: { name: "codex-mcp-client", title: "Codex", version: "0.169.0" },
    });
    expect(JSON.stringify(log.notes())).not.toContain("codex_vscode");
  });
});

describe("approval of MCP tools", () => {
  const asked = async (owner: WireClient, answer: Json): Promise<Json> => {
    const question = await owner.frame(
      ({ method, id }) => method === "mcpServer/elicitation/request" && id !== undefined,
    );
    owner.sendRaw(JSON.stringify({ id: question.id, ...answer }));
    return question;
  };

  it("is asked for a tool that may change something, in the reference's words", async () => {
    const { owner, threadId } = await withServer({ script: calls("mcp__scr__write", { a: "x" }) });
    const turnId = await owner.startTurn(threadId, "go");
    const question = await asked(owner, { result: { action: "accept", content: null, _meta: null } });
    expect(question.params).toEqual({
      threadId,
      turnId,
      serverName: "scr",
      mode: "form",
      _meta: {
        codex_approval_kind: "mcp_tool_call",
        persist: ["session"],
        tool_name: "write",
        tool_description: "write tool",
        tool_params: { a: "x" },
        tool_params_display: [],
      },
      message: 'Allow the scr MCP server to run tool "write"?',
      requestedSchema: { type: "object", properties: {} },
    });
    await owner.notification("turn/completed");
    expect(finished(owner)).toMatchObject([{ status: "completed" }]);
    const flags = owner.notifications("thread/status/changed").map(({ status }) => status.activeFlags ?? status.type);
    expect(flags).toEqual([[], ["waitingOnApproval"], [], "idle"]);
  });

  it.each<[string, Json, string]>([
    ["declined", { result: { action: "decline" } }, "user rejected MCP tool call"],
    ["cancelled", { result: { action: "cancel" } }, "user cancelled MCP tool call"],
    ["an error", { error: { code: -1, message: "no" } }, "user rejected MCP tool call"],
    ["not an answer", { result: { action: "whatever" } }, "user rejected MCP tool call"],
  ])("%s: the tool does not run", async (_what, answer, message) => {
    const { owner, threadId, log } = await withServer({ script: calls("mcp__scr__write") });
    await owner.startTurn(threadId, "go");
    await asked(owner, answer);
    await owner.notification("turn/completed");
    expect(finished(owner)).toMatchObject([{ status: "failed", result: null, error: { message } }]);
    expect(log.notes("in").map(({ method }) => method)).not.toContain("tools/call");
  });

  it("holds for the rest of the thread if the user says so", async () => {
    const { owner, threadId } = await withServer({
      script: [...calls("mcp__scr__write"), ...calls("mcp__scr__write")],
    });
    await owner.startTurn(threadId, "go");
    await asked(owner, { result: { action: "accept", _meta: { persist: "session" } } });
    await owner.notification("turn/completed");
    await owner.runTurn(threadId, "again");
    expect(owner.notifications("mcpServer/elicitation/request")).toHaveLength(1);
    expect(finished(owner).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it.each([
    ["approve", 'default_tools_approval_mode = "approve"', {}, "completed"],
    ["a tool's own mode", '[mcp_servers.scr.tools.write]\napproval_mode = "approve"', {}, "completed"],
    ["never, with full access", "", { approvalPolicy: "never", sandbox: "danger-full-access" }, "completed"],
    ["never, otherwise", "", { approvalPolicy: "never" }, "failed"],
  ])("is not asked for: %s", async (_what, more, thread, status) => {
    const { owner, threadId } = await withServer({ script: calls("mcp__scr__write"), more, thread });
    await owner.runTurn(threadId, "go");
    expect(owner.notifications("mcpServer/elicitation/request")).toEqual([]);
    expect(finished(owner)).toMatchObject([{ status }]);
  });
});
