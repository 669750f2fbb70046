import { deltas, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { temporaryFolder } from "./support/temporary-home.js";
import { testServer } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

describe("thread/start", () => {
  it("answers with every member that clients rely on, then tells everybody", async () => {
    const cwd = await temporaryFolder();
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    const answer = await owner.request("thread/start", { cwd, threadSource: "user", historyMode: "paginated" });
    const { thread } = answer;
    expect(thread).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      environments: [{ environmentId: "local", cwd, runtimeWorkspaceRoots: [cwd] }],
      extra: null,
      sessionId: thread.id,
      forkedFromId: null,
      attachedToThreadId: null,
      parentThreadId: null,
      preview: "",
      ephemeral: false,
      section: null,
      sectionEnteredAt: null,
      projectId: null,
      historyMode: "legacy",
      modelProvider: "mock",
      model: "mock-model",
      reasoningEffort: null,
      createdAt: expect.any(Number),
      updatedAt: thread.createdAt,
      recencyAt: thread.createdAt,
      status: { type: "idle" },
      path: null,
      cwd,
      cliVersion: "0.169.0",
      originator: "codex_vscode",
      source: "vscode",
      canAcceptDirectInput: true,
      threadSource: "user",
      agentNickname: null,
      agentRole: null,
      gitInfo: null,
      name: null,
      daybreakEnabled: null,
      turns: [],
    });
    expect(answer).toEqual({
      thread,
      model: "mock-model",
      modelProvider: "mock",
      serviceTier: null,
      disabledPluginIds: [],
      cwd,
      runtimeWorkspaceRoots: [cwd],
      instructionSources: [],
      approvalPolicy: "on-request",
      approvalsReviewer: "user",
      sandbox: { type: "readOnly", networkAccess: false },
      activePermissionProfile: { id: ":read-only", extends: null },
      reasoningEffort: null,
      multiAgentMode: "explicitRequestOnly",
    });
    for (const each of [owner, other]) {
      expect((await each.notification("thread/started")).params).toEqual({ thread });
    }
    const reply = owner.frames.findIndex(({ result }) => (result as Json)?.thread?.id === thread.id);
    expect(owner.frames.findIndex(({ method }) => method === "thread/started")).toBeGreaterThan(reply);
  });

  it.each([
    [{ sandbox: "workspace-write" }, "workspaceWrite", null],
    [{ sandbox: "danger-full-access" }, "dangerFullAccess", null],
    [{ permissions: ":workspace" }, "workspaceWrite", ":workspace"],
  ])("takes %j", async (params, type, profile) => {
    const { client } = await testServer();
    const answer = await (await client("codex_vscode")).request("thread/start", params);
    expect([answer.sandbox.type, answer.activePermissionProfile?.id ?? null]).toEqual([type, profile]);
  });
});

describe("permissionProfile/list", () => {
  it("names the built-in profiles, in pages", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const ids = async (params: Json) => {
      const { data, nextCursor } = await owner.request("permissionProfile/list", params);
      return [data.map((profile: Json) => profile.id), nextCursor];
    };
    expect(await ids({})).toEqual([[":read-only", ":workspace", ":danger-full-access"], null]);
    expect(await ids({ limit: 1, cursor: "1" })).toEqual([[":workspace"], "2"]);
  });
});

describe("threads that several connections share", () => {
  it("give every subscriber the same events in the same order", async () => {
    const { client } = await testServer({ script: () => deltas(200, "word ") });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "first");
    const others = await Promise.all(["codex_ios", "zed", "acpx"].map((name) => client(name)));
    for (const other of others) {
      const { thread } = await other.request("thread/resume", { threadId });
      expect(thread.turns.map((turn: Json) => [turn.status, turn.itemsView, turn.items.length])).toEqual([
        ["completed", "full", 2],
      ]);
    }
    const starts = [owner, ...others].map((each) => each.frames.length);
    const turn = await owner.runTurn(threadId, "second");
    const streams = await Promise.all(
      [owner, ...others].map(async (each, index) => {
        await each.notification("turn/completed", (params) => params.turn.id === turn.id);
        return each.frames
          .slice(starts[index])
          .filter(({ method, params }) => method !== undefined && params?.["turnId"] === turn.id);
      }),
    );
    expect(streams[0]?.length).toBeGreaterThan(200);
    for (const stream of streams) expect(stream).toEqual(streams[0]);
  });

  it("can be joined while a turn runs: what is finished comes with the answer, the rest as events", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const { client } = await testServer({
      script: async () => {
        await released;
        return text("late answer", { deltas: 2 });
      },
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const turnId = await owner.startTurn(threadId, "hi");
    await owner.notification("item/completed");
    const joiner = await client("codex_ios");
    const { thread } = await joiner.request("thread/resume", { threadId });
    expect(thread.status).toEqual({ type: "active", activeFlags: [] });
    expect(thread.turns).toMatchObject([
      { id: turnId, status: "inProgress", itemsView: "full", items: [{ type: "userMessage" }] },
    ]);
    release();
    await joiner.notification("turn/completed");
    expect(
      joiner
        .notifications("item/agentMessage/delta")
        .map(({ delta }) => delta)
        .join(""),
    ).toBe("late answer");
  });

  it("tell a joiner the tokens so far, and nobody else anything", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const turn = await owner.runTurn(threadId, "hi");
    const before = owner.frames.length;
    const joiner = await client("codex_ios");
    await joiner.request("thread/resume", { threadId, excludeTurns: true });
    expect((await joiner.notification("thread/tokenUsage/updated")).params).toMatchObject({
      threadId,
      turnId: turn.id,
    });
    await owner.request("thread/loaded/list", {});
    expect(owner.frames.slice(before).filter(({ method }) => method !== undefined)).toEqual([]);
  });

  it("go on when one of them unsubscribes", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    const threadId = await owner.startThread();
    expect(await other.request("thread/unsubscribe", { threadId })).toEqual({ status: "notSubscribed" });
    await other.request("thread/resume", { threadId, excludeTurns: true });
    expect(await owner.request("thread/unsubscribe", { threadId })).toEqual({ status: "unsubscribed" });
    const turnId = await owner.startTurn(threadId, "hi");
    await other.notification("turn/completed", ({ turn }) => turn.id === turnId);
    expect(owner.notifications("turn/started")).toEqual([]);
    const unknown = "01900000-0000-7000-8000-000000000000";
    expect(await owner.request("thread/unsubscribe", { threadId: unknown })).toEqual({ status: "notLoaded" });
  });
});

describe("reading threads", () => {
  it("lists the loaded ones in pages", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const ids = [
      await owner.startThread(),
      await owner.startThread({ ephemeral: true }),
      await owner.startThread(),
    ].sort();
    expect(await owner.request("thread/loaded/list", {})).toEqual({ data: ids, nextCursor: null });
    expect(await owner.request("thread/loaded/list", { limit: 2 })).toEqual({
      data: ids.slice(0, 2),
      nextCursor: ids[1],
    });
    expect(await owner.request("thread/loaded/list", { limit: 0, cursor: ids[1] })).toEqual({
      data: ids.slice(2),
      nextCursor: null,
    });
  });

  it("gives the turns once there are some, and says why not before", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const read = (id: string, includeTurns: boolean) => owner.call("thread/read", { threadId: id, includeTurns });
    expect((await read(threadId, false)).result.thread.turns).toEqual([]);
    expect((await read(threadId, true)).error).toEqual({
      code: -32600,
      message: `thread ${threadId} is not materialized yet; includeTurns is unavailable before first user message`,
    });
    const turn = await owner.runTurn(threadId, "what is said first");
    const { thread, readState } = (await read(threadId.toUpperCase(), true)).result;
    expect(thread.preview).toBe("what is said first");
    expect(thread.turns[0].items.map((item: Json) => item.type)).toEqual(["userMessage", "agentMessage"]);
    expect(readState).toEqual({ firstUnread: { type: "turn", turnId: turn.id }, revision: expect.any(String) });
    const ephemeral = await owner.startThread({ ephemeral: true });
    await owner.runTurn(ephemeral, "hi");
    expect((await read(ephemeral, true)).error.message).toBe("ephemeral threads do not support includeTurns");
  });

  it("notes what was read, by revision", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "one");
    const { params } = await owner.notification("thread/readState/changed");
    const update = (expectedRevision: string) =>
      owner.call("thread/readState/update", { threadId, operation: { type: "read" }, expectedRevision });
    const { result } = await update(params.readState.revision);
    expect(result.readState.firstUnread).toBeNull();
    expect((await update(params.readState.revision)).error).toEqual({
      code: -32600,
      message: "read state changed",
      data: { reason: "readStateConflict", readState: result.readState },
    });
  });

  it("keeps the name a client gave, and tells those who watch", async () => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    expect(await owner.request("thread/name/set", { threadId, name: " my thread " })).toEqual({});
    expect(owner.notifications("thread/name/updated")).toEqual([{ threadId, threadName: "my thread" }]);
    expect((await owner.request("thread/read", { threadId })).thread.name).toBe("my thread");
    expect((await owner.call("thread/name/set", { threadId, name: " " })).error.code).toBe(-32600);
  });
});

describe("a thread that nobody watches", () => {
  it("is unloaded after the configured time, unless somebody comes back", async () => {
    const { client } = await testServer({ top: "thread_unload_delay_secs = 0" });
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    const threadId = await owner.startThread();
    await owner.close();
    expect((await other.notification("thread/closed")).params).toEqual({ threadId });
    expect(other.notifications("thread/status/changed")).toEqual([{ threadId, status: { type: "notLoaded" } }]);
    expect((await other.call("thread/read", { threadId })).error.message).toBe(`thread not loaded: ${threadId}`);
  });

  it("finishes its turn first", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const { client, simulator } = await testServer({
      top: "thread_unload_delay_secs = 0",
      script: async () => {
        await released;
        return text("done");
      },
    });
    const owner = await client("codex_vscode");
    const other = await client("codex_ios");
    const threadId = await owner.startThread();
    await owner.startTurn(threadId, "hi");
    await simulator.waitForRequest(1);
    await owner.close();
    expect((await other.request("thread/loaded/list", {})).data).toEqual([threadId]);
    release();
    await other.notification("thread/closed");
    const statuses = other.notifications("thread/status/changed").map(({ status }) => status.type);
    expect(statuses).toEqual(["active", "idle", "notLoaded"]);
  });
});
