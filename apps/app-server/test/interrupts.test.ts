import { existsSync, readdirSync } from "node:fs";

import { hang, neverAnswer, rawEvents, text, type Part, type Reply } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import {
  agentServer,
  answer,
  command,
  marker,
  model,
  outputsOf,
  patch,
  said,
  tool,
  unanswered,
  until,
  type AgentThread,
  type TurnReport,
} from "./support/agent.js";
import { mcpLog, patient } from "./support/mcp.js";
import type { Json } from "./support/wire-client.js";

/** The first words of an answer that never goes on. */
const unfinished: readonly Part[] = [
  rawEvents([
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { type: "message", id: "msg_unfinished", role: "assistant", content: [] },
    },
    {
      type: "response.output_text.delta",
      item_id: "msg_unfinished",
      output_index: 0,
      content_index: 0,
      delta: "Well",
    },
  ]),
  hang(),
];

/** Interrupts the turn and checks what must be so whatever it was doing. */
async function interrupted(thread: AgentThread, turnId: string): Promise<TurnReport> {
  await thread.interrupt(turnId);
  const report = await thread.end(turnId);
  expect(report.turn).toMatchObject({ status: "interrupted", error: null });
  const { frames } = thread.client;
  const ids = (method: string): string[] =>
    frames.flatMap((frame: Json) =>
      frame.method === method && frame.params.item.type !== "agentMessage" ? [frame.params.item.id] : [],
    );
  expect(ids("item/completed").sort()).toEqual(ids("item/started").sort());
  const statuses = thread.client.notifications("thread/status/changed").map(({ status }) => status);
  expect(statuses.at(-1)).toEqual({ type: "idle" });
  return report;
}

/** What the model is told by the next turn, when each of its calls has an answer. */
async function afterwards(thread: AgentThread): Promise<Record<string, string>> {
  const request = await thread.nextRequest();
  expect(unanswered(request)).toEqual([]);
  expect(said(request, "user").filter((each) => each.startsWith("<turn_aborted>"))).toHaveLength(1);
  return outputsOf(request);
}

describe("an interrupt while the model", () => {
  it("has not answered", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const turnId = await thread.start(neverAnswer());
    const request = await server.simulator.waitForRequest(1);
    await interrupted(thread, turnId);
    expect(await request.done).toBe("aborted");
    await afterwards(thread);
  });

  it("speaks", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const turnId = await thread.start(unfinished);
    await thread.client.notification("item/agentMessage/delta");
    await interrupted(thread, turnId);
    expect(await server.simulator.requests[0]?.done).toBe("aborted");
    await afterwards(thread);
  });
});

const commands: ReadonlyArray<readonly [name: string, script: (sleep: string) => string, more?: Json]> = [
  ["that is piped", (sleep) => `echo > begun; ${sleep}`],
  ["in a terminal", (sleep) => `echo > begun; ${sleep}`, { tty: true }],
  ["that ignores signals", (sleep) => `trap '' TERM INT HUP; echo > begun; ${sleep}; ${sleep}`],
  [
    "in a terminal that ignores signals",
    (sleep) => `trap '' TERM INT HUP; echo > begun; ${sleep}; ${sleep}`,
    { tty: true },
  ],
  ["with children", (sleep) => `${sleep} & ${sleep} | cat & echo > begun; wait`],
  ["with grandchildren in sessions of their own", (sleep) => `setsid sh -c '${sleep} & ${sleep}' & echo > begun; wait`],
];

describe.each([["workspace-write"], ["danger-full-access"]])("an interrupt while a command runs in %s", (sandbox) => {
  it.each(commands)("%s", async (_, script, more = {}) => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    const turnId = await thread.start(command(script(`sleep ${mark.word}`), "call_1", more));
    await until(() => existsSync(thread.path("begun")) && mark.processes().length > 0);
    const { items } = await interrupted(thread, turnId);
    expect(mark.processes()).toEqual([]);
    expect(items).toMatchObject([{ type: "commandExecution", id: "call_1", status: "failed", exitCode: -1 }]);
    expect((await afterwards(thread))["call_1"]).toMatch(/^Wall time: \d+\.\d seconds\naborted by user$/);
  });

  it("and others beside it", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    const calls = [0, 1, 2].map((n) => command(`echo > begun${n}; exec sleep ${mark.word}`, `call_${n}`));
    const turnId = await thread.start([...calls, patch("*** Add File: made\n+x", "call_3")].flat() as Reply);
    await until(() => [0, 1, 2].every((n) => existsSync(thread.path(`begun${n}`))));
    const { items } = await interrupted(thread, turnId);
    expect(mark.processes()).toEqual([]);
    expect(items).toHaveLength(3);
    expect(existsSync(thread.path("made"))).toBe(false);
    expect(Object.keys(await afterwards(thread))).toEqual(["call_0", "call_1", "call_2", "call_3"]);
  });

  it("and is looked at by write_stdin", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    let isPolled = false;
    const turnId = await thread.start(
      command(`echo > begun; exec sleep ${mark.word}`, "call_1", { yield_time_ms: 250 }),
      (request) => {
        isPolled = true;
        const session = Number(/session ID (\d+)/.exec(outputsOf(request)["call_1"] ?? "")?.[1]);
        return tool("write_stdin", { session_id: session, yield_time_ms: 30_000 }, "call_2");
      },
    );
    await until(() => isPolled);
    await interrupted(thread, turnId);
    expect(mark.processes()).toEqual([]);
    await afterwards(thread);
  });

  it("that the user has started", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    await thread.client.request("thread/shellCommand", {
      threadId: thread.id,
      command: `sleep ${mark.word} & sleep ${mark.word}`,
    });
    const { params } = await thread.client.notification("turn/started");
    await until(() => mark.processes().length > 0);
    await interrupted(thread, params.turn.id);
    expect(mark.processes()).toEqual([]);
    expect(thread.client.notifications("item/completed")).toMatchObject([
      { item: { source: "userShell", status: "failed" } },
    ]);
    expect(said(await thread.nextRequest(), "user").join("\n")).toMatch(/<user_shell_command>/);
  });

  it("that an earlier turn has left running leaves it alone", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    await thread.run(command(`exec sleep ${mark.word}`, "call_1", { yield_time_ms: 250 }));
    const turnId = await thread.start(unfinished);
    await thread.client.notification("item/agentMessage/delta");
    await thread.interrupt(turnId);
    await thread.end(turnId);
    expect(mark.processes()).not.toEqual([]);
    const listed = await thread.client.request("thread/backgroundTerminals/list", { threadId: thread.id });
    expect(listed.data).toMatchObject([{ itemId: "call_1" }]);
  });
});

describe("an interrupt while the user is asked", () => {
  const plan = { collaborationMode: { mode: "plan", settings: { model } } };
  const question = {
    questions: [{ id: "q", header: "h", question: "?", options: [{ label: "a", description: "b" }] }],
  };
  const dynamicTools = [{ type: "function", name: "lookup", description: "d", inputSchema: { type: "object" } }];

  it.each<[string, Reply, string, string | undefined, Json?]>([
    ["about a command", command("touch made"), "item/commandExecution/requestApproval", "declined"],
    ["about a patch", patch("*** Add File: made\n+x"), "item/fileChange/requestApproval", "declined"],
    [
      "for permissions",
      tool("request_permissions", { permissions: { network: { enabled: true } } }),
      "item/permissions/requestApproval",
      undefined,
    ],
    ["a question", tool("request_user_input", question), "item/tool/requestUserInput", undefined, plan],
    ["for a tool", tool("lookup", {}), "item/tool/call", "failed"],
  ])("%s", async (_, call, method, status, more = {}) => {
    const server = await agentServer({ top: "features.request_permissions_tool = true" });
    const thread = await server.thread({ approvalPolicy: "untrusted", dynamicTools });
    thread.model(call);
    const turnId = await thread.client.startTurn(thread.id, "go", more);
    const { id } = await thread.question(method);
    const { items } = await interrupted(thread, turnId);
    expect(items.map((item) => item.status)).toEqual(status === undefined ? [] : [status]);
    // Calls of a client's tools are not questions: they are not settled by others.
    const resolved = method === "item/tool/call" ? [] : [{ threadId: thread.id, requestId: id }];
    expect(thread.client.notifications("serverRequest/resolved")).toEqual(resolved);
    thread.client.sendRaw(JSON.stringify({ id, result: { decision: "accept" } }));
    expect((await afterwards(thread))["call_1"]).toMatch(/aborted by user/);
    expect(readdirSync(thread.cwd).sort()).toEqual([".git", "a.txt", "link"]);
  });

  it("whether a command may run again outside", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted", sandbox: "read-only" });
    let asked = 0;
    answer(thread.client, () => ((asked += 1) === 1 ? { result: { decision: "accept" } } : undefined));
    const turnId = await thread.start(command("touch made"));
    await until(() => asked === 2);
    const { items } = await interrupted(thread, turnId);
    expect(items).toMatchObject([{ status: "failed" }]);
    await afterwards(thread);
    expect(existsSync(thread.path("made"))).toBe(false);
  });
});

describe("an interrupt during", () => {
  it("the start of an MCP server", async () => {
    const log = await mcpLog();
    const server = await agentServer({ top: patient, provider: log.server("scr", "silent-start") });
    const thread = await server.thread();
    const turnId = await thread.start(text("never said"));
    await thread.client.notification("item/completed");
    await interrupted(thread, turnId);
    expect(server.simulator.requests).toEqual([]);
  });

  it("a compaction, which leaves the conversation as it was", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(text("first answer"));
    thread.model(unfinished);
    await thread.client.request("thread/compact/start", { threadId: thread.id });
    const { params } = await thread.client.notification(
      "item/started",
      ({ item }) => item.type === "contextCompaction",
    );
    await server.simulator.waitForRequest(2);
    await thread.interrupt(params.turnId);
    const { turn } = await thread.end(params.turnId);
    expect(turn.status).toBe("interrupted");
    const request = await thread.nextRequest();
    expect(said(request, "assistant")).toEqual(["first answer"]);
    expect(said(request, "user").slice(1)).toEqual(["go", expect.stringMatching(/^<turn_aborted>/), "go"]);
    const all = thread.client.notifications("item/completed").map(({ item }) => item.type);
    // Nothing was compacted, and nobody is told so.
    expect(all).not.toContain("contextCompaction");
  });

  it("a review, with the command that the reviewer runs", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const mark = marker();
    thread.model(command(`echo; sleep ${mark.word}`));
    const { turn } = await thread.client.request("review/start", {
      threadId: thread.id,
      target: { type: "uncommittedChanges" },
    });
    await until(() => mark.processes().length > 0);
    const { items } = await interrupted(thread, turn.id);
    expect(mark.processes()).toEqual([]);
    expect(items.map((item) => item.type)).toEqual(["enteredReviewMode", "commandExecution", "exitedReviewMode"]);
    expect(items.at(-1).review).toBe("Review was interrupted. Please re-run /review and wait for it to complete.");
    await afterwards(thread);
  });
});

describe("nothing is left of a command", () => {
  const leftRunning = async (sandbox: string) => {
    const server = await agentServer({ top: "thread_unload_delay_secs = 0" });
    const thread = await server.thread({ sandbox });
    const mark = marker();
    await thread.run(
      command(`setsid sleep ${mark.word} & echo; exec sleep ${mark.word}`, "call_1", { yield_time_ms: 250 }),
    );
    await until(() => mark.processes().length >= 2);
    return { server, thread, mark };
  };

  it.each(["workspace-write", "danger-full-access"])("when the thread is unloaded (%s)", async (sandbox) => {
    const { server, thread, mark } = await leftRunning(sandbox);
    const other = await server.client("codex_ios");
    await thread.client.request("thread/unsubscribe", { threadId: thread.id });
    await other.notification("thread/closed");
    await until(() => mark.processes().length === 0);
    expect((await other.request("thread/loaded/list", {})).data).toEqual([]);
  });

  it.each(["workspace-write", "danger-full-access"])("when the server closes (%s)", async (sandbox) => {
    const { server, thread, mark } = await leftRunning(sandbox);
    await thread.start(command(`exec sleep ${mark.word}`, "call_2"));
    await thread.client.notification("item/started", ({ item }) => item.id === "call_2");
    await server.server.close();
    expect(mark.processes()).toEqual([]);
  });
});
