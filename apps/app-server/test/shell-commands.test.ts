import { existsSync } from "node:fs";
import { join } from "node:path";

import { text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { agentServer, command, fileSays, marker, said, until, type AgentThread, type Marker } from "./support/agent.js";
import type { Json } from "./support/wire-client.js";

const run = (thread: AgentThread, cmd: string, more: Json = {}) =>
  thread.client.request("thread/shellCommand", { threadId: thread.id, command: cmd, ...more });

const userShell = (thread: AgentThread): Promise<Json> =>
  thread.client
    .notification("item/completed", ({ item }) => item.source === "userShell")
    .then(({ params }) => params.item);

/** What the model is told of the user's commands. */
const notes = (request: Parameters<typeof said>[0]): string[] =>
  said(request, "user").filter((each) => each.startsWith("<user_shell_command>"));

describe("thread/shellCommand", () => {
  it("is a turn with one item; the model is told of it with the next", async () => {
    const server = await agentServer({ options: { environment: { MOCK_KEY: "k", HOME: "/nowhere" } } });
    const thread = await server.thread();
    const from = thread.client.frames.length;
    const { id } = await thread.client.call("thread/shellCommand", {
      threadId: thread.id,
      command: "cat a.txt; echo err >&2; exit 3",
    });
    await thread.client.notification("turn/completed");
    const shown = thread.client.frames.slice(from).flatMap((frame: Json) => {
      if (frame.method === undefined) return frame.id === id ? ["reply"] : [];
      if (/outputDelta|thread.started/.test(frame.method)) return [];
      return [`${frame.method} ${frame.params.item?.type ?? frame.params.status?.type ?? frame.params.turn?.status}`];
    });
    expect(shown).toEqual([
      "reply",
      "thread/status/changed active",
      "turn/started inProgress",
      "item/started commandExecution",
      "item/completed commandExecution",
      "thread/status/changed idle",
      "turn/completed completed",
    ]);
    expect(await userShell(thread)).toMatchObject({
      command: expect.stringMatching(/ -lc 'cat a.txt; echo err >&2; exit 3'$/),
      cwd: thread.cwd,
      processId: null,
      source: "userShell",
      status: "failed",
      aggregatedOutput: expect.stringMatching(/one\ntwo\nthree\nerr\n$/),
      exitCode: 3,
    });
    expect(server.simulator.requests).toEqual([]);
    const request = await thread.nextRequest();
    expect(notes(request)).toEqual([
      expect.stringMatching(
        /<command>\ncat a.txt; echo err >&2; exit 3\n<\/command>\n<result>\nExit code: 3\nDuration: [\d.]+ seconds\nOutput:\n[^]*err\n\n<\/result>/,
      ),
    ]);
    expect(notes(await thread.nextRequest())).toHaveLength(1);
  });

  it("asks nobody and has no sandbox, whatever the settings", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted", sandbox: "read-only" });
    const made = join(thread.outside, "made");
    await run(thread, `touch ${made}; rm -f a.txt`);
    expect(await userShell(thread)).toMatchObject({ status: "completed", exitCode: 0 });
    expect(existsSync(made)).toBe(true);
    expect(existsSync(thread.path("a.txt"))).toBe(false);
  });

  it("has no credentials either", async () => {
    const server = await agentServer({
      options: { environment: { MOCK_KEY: "secret-key", MY_TOKEN: "secret-token" } },
    });
    const thread = await server.thread();
    await run(thread, "env");
    expect((await userShell(thread)).aggregatedOutput).not.toMatch(/secret-/);
  });

  it("runs beside a turn, which goes on and hears of it with its next request", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { turn, items, requests } = await thread.run(async () => {
      await run(thread, "echo beside");
      expect(await userShell(thread)).toMatchObject({ status: "completed" });
      return command("cat a.txt");
    }, text("ok"));
    expect(turn.status).toBe("completed");
    expect(items.map(({ source }) => source)).toEqual(["userShell", "unifiedExecStartup"]);
    expect(notes(requests[0])).toEqual([]);
    expect(notes(requests[1])).toEqual([expect.stringContaining("beside")]);
    expect(thread.client.notifications("turn/completed")).toHaveLength(1);
  });

  it("is ended when its time is over, with what it started", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const mark = marker();
    await run(thread, `echo on; sleep ${mark.word} & sleep ${mark.word}`, { timeoutMs: 300 });
    expect(await userShell(thread)).toMatchObject({
      status: "failed",
      exitCode: -1,
      aggregatedOutput: expect.stringMatching(/on\n$/),
    });
    await thread.client.notification("turn/completed");
    expect(mark.processes()).toEqual([]);
  });

  it("tells little of much", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await run(thread, "seq 1 1000000");
    await thread.client.notification("turn/completed");
    expect((await userShell(thread)).aggregatedOutput.length).toBeLessThan(1.1 * 1024 * 1024);
    const [note = ""] = notes(await thread.nextRequest());
    expect(note).toMatch(/\n1\n2\n[^]*tokens truncated[^]*\n1000000\n/);
    expect(note.length).toBeLessThan(50_000);
  });

  it("is refused when there is nothing to run, or no thread", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const call = (params: Json) => thread.client.call("thread/shellCommand", params);
    expect((await call({ threadId: thread.id, command: " " })).error).toEqual({
      code: -32600,
      message: "command must not be empty",
    });
    expect((await call({ threadId: "01a1fe16-0000-7000-8000-000000000000", command: "true" })).error.code).toBe(-32600);
    expect((await thread.run(text("ok"))).turn.status).toBe("completed");
  });
});

describe("thread/backgroundTerminals", () => {
  /** Leaves two commands running. */
  async function leftRunning(thread: AgentThread): Promise<Marker[]> {
    const marks = [marker(), marker()];
    for (const [index, { word }] of marks.entries())
      await thread.run(command(`echo > begun${index}; exec sleep ${word}`, `call_${index}`, { yield_time_ms: 250 }));
    await fileSays(thread.path("a.txt"));
    await until(() => marks.every(({ processes }) => processes().length > 0));
    return marks;
  }

  it("lists what runs, oldest first, in pages; what has ended is not in it", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const list = (more: Json = {}) =>
      thread.client.request("thread/backgroundTerminals/list", { threadId: thread.id, ...more });
    expect(await list()).toEqual({ data: [], nextCursor: null });
    const [first, second] = await leftRunning(thread);
    await thread.run(command("cat a.txt"));
    const all = await list();
    expect(all).toEqual({
      data: [first, second].map((mark, index) => ({
        itemId: `call_${index}`,
        processId: expect.stringMatching(/^\d+$/),
        command: `echo > begun${index}; exec sleep ${mark?.word}`,
        cwd: thread.cwd,
        osPid: null,
        cpuPercent: null,
        rssKb: null,
      })),
      nextCursor: null,
    });
    const page = await list({ limit: 1 });
    expect(page.data).toEqual([all.data[0]]);
    expect((await list({ limit: 1, cursor: page.nextCursor })).data).toEqual([all.data[1]]);
  });

  it("ends one of them, and no other", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const [first, second] = await leftRunning(thread);
    const call = (params: Json) =>
      thread.client.call("thread/backgroundTerminals/terminate", { threadId: thread.id, ...params });
    const { data } = await thread.client.request("thread/backgroundTerminals/list", { threadId: thread.id });
    const { processId } = data[0];
    expect((await call({ processId })).result).toEqual({ terminated: true });
    expect(first?.processes()).toEqual([]);
    expect(second?.processes()).not.toEqual([]);
    const { params } = await thread.client.notification("item/completed", ({ item }) => item.id === "call_0");
    expect(params.item).toMatchObject({ status: "failed", exitCode: -1, processId });
    expect((await call({ processId })).result).toEqual({ terminated: false });
    expect((await call({ processId: "nope" })).error).toEqual({
      code: -32600,
      message: "invalid background terminal process id: invalid digit found in string",
    });
  });

  it("cleans up, also what runs in a terminal and ignores signals", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const marks = await leftRunning(thread);
    const stubborn = marker();
    const script = `trap '' HUP INT TERM; sleep ${stubborn.word}; sleep ${stubborn.word}`;
    await thread.run(command(script, "call_2", { tty: true, yield_time_ms: 250 }));
    expect(await thread.client.request("thread/backgroundTerminals/clean", { threadId: thread.id })).toEqual({});
    for (const mark of [...marks, stubborn]) expect(mark.processes()).toEqual([]);
    expect(await thread.client.request("thread/backgroundTerminals/list", { threadId: thread.id })).toMatchObject({
      data: [],
    });
    expect((await thread.run(command("cat a.txt", "call_3"))).outputs["call_3"]).toContain("one");
  });

  it("knows nothing of other threads", async () => {
    const server = await agentServer();
    const [one, two] = [await server.thread(), await server.thread()];
    const marks = await leftRunning(one);
    await two.client.request("thread/backgroundTerminals/clean", { threadId: two.id });
    expect(await two.client.request("thread/backgroundTerminals/list", { threadId: two.id })).toMatchObject({
      data: [],
    });
    expect(marks.every(({ processes }) => processes().length > 0)).toBe(true);
  });
});
