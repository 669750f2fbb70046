import { describe, expect, it } from "vitest";

import { calls, mcpLog, patient } from "./support/mcp.js";
import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const question = (client: WireClient, after = 0): Promise<Json> =>
  client.frame(
    (frame) =>
      frame.method === "mcpServer/elicitation/request" &&
      frame.id !== undefined &&
      client.frames.indexOf(frame) >= after,
  );

const said = (client: WireClient): Json => {
  const [item] = client
    .notifications("item/completed")
    .map(({ item: each }) => each)
    .filter(({ type }) => type === "mcpToolCall");
  return JSON.parse(item.result.content[0].text);
};

async function withAsker(tool: string, args: Json = {}, script = calls(`mcp__scr__${tool}`, args)) {
  const log = await mcpLog();
  const server = await testServer({ top: patient, script, provider: log.server("scr") });
  const owner = await server.client("codex_vscode");
  const threadId = await owner.startThread();
  return { ...server, owner, threadId, log };
}

describe("a question of an MCP server", () => {
  it("goes to all who watch the thread under one id; the first answer counts", async () => {
    const { client, owner, threadId, open } = await withAsker("ask");
    const other = await client("codex_ios");
    await other.request("thread/resume", { threadId });
    const stranger = await open();
    await stranger.initialize("stranger");
    const turnId = await owner.startTurn(threadId, "go");
    const [first, second] = await Promise.all([question(owner), question(other)]);
    expect(first).toEqual(second);
    expect(first.params).toEqual({
      threadId,
      turnId,
      serverName: "scr",
      mode: "form",
      _meta: null,
      message: "Your name?",
      requestedSchema: {
        type: "object",
        properties: { name: { type: "string", title: "Name" } },
        required: ["name"],
      },
    });
    other.sendRaw(JSON.stringify({ id: second.id, result: { action: "accept", content: { name: "Bob" } } }));
    await owner.notification("turn/completed");
    expect(said(owner)).toEqual({ action: "accept", content: { name: "Bob" } });
    expect(owner.notifications("serverRequest/resolved")).toEqual([{ threadId, requestId: first.id }]);
    // An answer that comes late changes nothing.
    owner.sendRaw(JSON.stringify({ id: first.id, result: { action: "decline" } }));
    expect((await owner.request("thread/loaded/list", {})).data).toEqual([threadId]);
    expect(stranger.notifications("mcpServer/elicitation/request")).toEqual([]);
  });

  it.each<[string, Json, Json]>([
    ["declined", { result: { action: "decline" } }, { action: "decline" }],
    ["cancelled", { result: { action: "cancel" } }, { action: "cancel" }],
    ["an error", { error: { code: -1, message: "no" } }, { action: "decline" }],
    ["no answer at all", { result: { foo: 1 } }, { action: "decline" }],
    ["accepted with no form", { result: { action: "accept", content: "text" } }, { action: "decline" }],
  ])("%s", async (_what, answer, expected) => {
    const { owner, threadId } = await withAsker("ask");
    await owner.startTurn(threadId, "go");
    const { id } = await question(owner);
    owner.sendRaw(JSON.stringify({ id, ...answer }));
    await owner.notification("turn/completed");
    expect(said(owner)).toEqual(expected);
  });

  it("is put to a client that joins while it waits, and declined when all have gone", async () => {
    const { client, owner, threadId, simulator } = await withAsker("ask");
    await owner.startTurn(threadId, "go");
    const { id } = await question(owner);
    const late = await client("codex_ios");
    await late.request("thread/resume", { threadId });
    expect((await question(late)).id).toBe(id);
    await owner.close();
    await late.close();
    await simulator.waitForRequest(2);
    expect(JSON.stringify(simulator.requests[1]?.at("input", -1))).toContain(String.raw`{\"action\":\"decline\"}`);
  });

  it("is declined when nobody watches the thread", async () => {
    const { client, owner, threadId, simulator } = await withAsker("ask");
    const other = await client("codex_ios");
    await owner.request("thread/unsubscribe", { threadId });
    await other.startTurn(threadId, "go");
    await simulator.waitForRequest(2);
    expect(JSON.stringify(simulator.requests[1]?.at("input", -1))).toContain(String.raw`{\"action\":\"decline\"}`);
    expect(other.notifications("mcpServer/elicitation/request")).toEqual([]);
  });

  it("is declined when it could belong to two threads", async () => {
    const script = [...calls("mcp__scr__silent"), ...calls("mcp__scr__ask")];
    const { owner, threadId, log } = await withAsker(
      "",
      {},
      [script[0], script[2], script[3]].filter((each) => each !== undefined),
    );
    await owner.startTurn(threadId, "hang");
    await log.noted("silent");
    const second = await owner.startThread();
    await owner.startTurn(second, "ask");
    await owner.notification("turn/completed", (params) => params.threadId === second);
    expect(said(owner)).toEqual({ action: "decline" });
    expect(owner.notifications("mcpServer/elicitation/request")).toEqual([]);
  });

  it("can be a page to open, if it is on the web", async () => {
    const { owner, threadId } = await withAsker("ask_url");
    await owner.startTurn(threadId, "go");
    const { id, params } = await question(owner);
    expect(params).toMatchObject({
      mode: "url",
      message: "Go there",
      url: "https://example.com/",
      elicitationId: "e1",
    });
    owner.sendRaw(JSON.stringify({ id, result: { action: "accept" } }));
    await owner.notification("turn/completed");
    expect(said(owner)).toEqual({ action: "accept" });
  });

  it("never makes clients open anything else", async () => {
    const { owner, threadId } = await withAsker("ask_url", { url: "file:///etc/passwd" });
    await owner.runTurn(threadId, "go");
    expect(said(owner)).toEqual({ action: "decline" });
    expect(owner.notifications("mcpServer/elicitation/request")).toEqual([]);
  });

  it("is not counted in the tool's time", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      script: calls("mcp__scr__ask"),
      provider: log.server("scr", "", "tool_timeout_sec = 0.3"),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.startTurn(threadId, "go");
    const { id } = await question(owner);
    await new Promise((resolve) => setTimeout(resolve, 600));
    owner.sendRaw(JSON.stringify({ id, result: { action: "accept", content: { name: "Slow" } } }));
    await owner.notification("turn/completed");
    expect(said(owner)).toEqual({ action: "accept", content: { name: "Slow" } });
  });

  it("of a call that a client makes itself has no turn", async () => {
    const { owner, threadId } = await withAsker("echo");
    const call = owner.request("mcpServer/tool/call", { threadId, server: "scr", tool: "ask" });
    const { id, params } = await question(owner);
    expect(params.turnId).toBeNull();
    owner.sendRaw(JSON.stringify({ id, result: { action: "accept", content: { name: "Direct" } } }));
    expect(JSON.parse((await call).content[0].text)).toEqual({ action: "accept", content: { name: "Direct" } });
  });

  it("ends with the turn that is interrupted", async () => {
    const { owner, threadId } = await withAsker("ask");
    const turnId = await owner.startTurn(threadId, "go");
    const { id } = await question(owner);
    await owner.request("turn/interrupt", { threadId, turnId });
    expect((await owner.notification("turn/completed")).params.turn.status).toBe("interrupted");
    expect((await owner.notification("serverRequest/resolved")).params.requestId).toBe(id);
  });
});
