import { defaultHeaders, defaultIdentityFrom } from "@switchboard/login";
import { cut, functionCall, hold, httpError, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { host, namesOf, namesOn, testServer } from "./support/test-server.js";

describe("each request goes out under its owner's name", () => {
  it.each(["codex-backend", "codex_app_server_daemon"])("although %s initialized first", async (infrastructure) => {
    const { client, requestsOf } = await testServer();
    await client(infrastructure);
    const phone = await client("codex_ios", "2.2.2");
    const turn = await phone.runTurn(await phone.startThread(), "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([namesOf("codex_ios", "2.2.2")]);
  });

  it.each(["codex-backend", "codex_app_server_daemon"])("also when the owner is %s itself", async (infrastructure) => {
    const { client, open, requestsOf } = await testServer();
    await client("codex_ios");
    const backend = await open();
    const { userAgent } = await backend.initialize(infrastructure, "3.0.0");
    expect(userAgent).toBe(namesOf(infrastructure, "3.0.0").userAgent);
    const turn = await backend.runTurn(await backend.startThread(), "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([namesOf(infrastructure, "3.0.0")]);
  });

  it.each([
    ["codex_vscode", "codex_ios"],
    ["codex_ios", "codex_vscode"],
  ])("with two clients, %s first", async (first, second) => {
    const { client, requestsOf } = await testServer();
    const a = await client(first, "1.1.1");
    const b = await client(second, "2.2.2");
    const turnOfA = await a.runTurn(await a.startThread(), "hi");
    const turnOfB = await b.runTurn(await b.startThread(), "hi");
    expect(requestsOf(turnOfA.id).map(namesOn)).toEqual([namesOf(first, "1.1.1")]);
    expect(requestsOf(turnOfB.id).map(namesOn)).toEqual([namesOf(second, "2.2.2")]);
  });

  it("with both turns at once", async () => {
    let release = (): void => undefined;
    const bothArrived = new Promise<void>((resolve) => (release = resolve));
    let arrived = 0;
    const { client, requestsOf } = await testServer({
      script: async () => {
        if ((arrived += 1) === 2) release();
        await bothArrived;
        return text("done");
      },
    });
    const [a, b] = await Promise.all([client("codex_vscode"), client("codex_ios")]);
    const [threadOfA, threadOfB] = await Promise.all([a.startThread(), b.startThread()]);
    const [turnOfA, turnOfB] = await Promise.all([a.runTurn(threadOfA, "a"), b.runTurn(threadOfB, "b")]);
    expect(requestsOf(turnOfA.id).map(namesOn)).toEqual([namesOf("codex_vscode")]);
    expect(requestsOf(turnOfB.id).map(namesOn)).toEqual([namesOf("codex_ios")]);
  });

  it("a turn of B on A's thread, and A's next turn on it", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const thread = await a.startThread();
    const b = await client("codex_ios");
    const first = await b.startTurn(thread, "from b");
    await a.notification("turn/completed", ({ turn }) => turn.id === first);
    const second = await a.runTurn(thread, "from a");
    expect(requestsOf(first).map(namesOn)).toEqual([namesOf("codex_ios")]);
    expect(requestsOf(second.id).map(namesOn)).toEqual([namesOf("codex_vscode")]);
    expect((await a.request("thread/read", { threadId: thread })).thread.originator).toBe("codex_vscode");
  });

  it("A's next turn after B initialized", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const thread = await a.startThread();
    const before = await a.runTurn(thread, "one");
    await client("codex_ios");
    const after = await a.runTurn(thread, "two");
    const [first] = requestsOf(before.id);
    const [second] = requestsOf(after.id);
    expect(namesOn(second)).toEqual(namesOf("codex_vscode"));
    // Nothing else about the headers changes either, but for the turn they name.
    const stable = (headers: typeof second) =>
      headers?.headers.filter(([name]) => !["x-codex-turn-metadata", "content-length"].includes(name));
    expect(stable(second)).toEqual(stable(first));
  });

  it("A closes while its turn runs", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    // The first answer asks for a tool, so that a second request follows after A has gone.
    const { client, requestsOf } = await testServer({
      script: [[hold(held), functionCall({ name: "nothing", arguments: {} })], text("done")],
    });
    const a = await client("codex_vscode");
    const thread = await a.startThread();
    const b = await client("codex_ios");
    await b.request("thread/resume", { threadId: thread, excludeTurns: true }).catch(() => undefined);
    const turn = await a.startTurn(thread, "hi");
    await a.close();
    release();
    await b.notification("turn/completed", (params) => params.turn.id === turn);
    expect(requestsOf(turn).map(namesOn)).toEqual([namesOf("codex_vscode"), namesOf("codex_vscode")]);
  });

  it("A reconnects under another name while its old turn still streams", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { client, requestsOf } = await testServer({
      script: [[hold(held), functionCall({ name: "nothing", arguments: {} })], text("new"), text("old")],
    });
    const a = await client("codex_vscode");
    const thread = await a.startThread();
    const old = await a.startTurn(thread, "hi");
    await a.close();
    const again = await client("zed", "7.0.0");
    await again.request("thread/resume", { threadId: thread });
    const fresh = await again.runTurn(await again.startThread(), "hi");
    release();
    await again.notification("turn/completed", (params) => params.turn.id === old);
    expect(requestsOf(old).map(namesOn)).toEqual([namesOf("codex_vscode"), namesOf("codex_vscode")]);
    expect(requestsOf(fresh.id).map(namesOn)).toEqual([namesOf("zed", "7.0.0")]);
  });

  it("retries of both kinds that fire after another client has initialized", async () => {
    const { client, open, requestsOf } = await testServer({
      provider: "request_max_retries = 1\nstream_max_retries = 1",
      script: [httpError(503), [text("half"), cut({ afterEvents: 3 })], text("whole")],
    });
    const a = await client("codex_vscode");
    const b = await open();
    const turn = await a.startTurn(await a.startThread(), "hi");
    await b.initialize("codex_ios");
    const { params } = await a.notification("turn/completed");
    expect(params.turn.status).toBe("completed");
    expect(requestsOf(turn).map(namesOn)).toEqual(Array.from({ length: 3 }, () => namesOf("codex_vscode")));
  });

  it("what thread/start does after another client's initialize came in between the request and its answer", async () => {
    const { client, open, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const b = await open();
    // Neither waits for the other: the files that thread/start reads arrive after b has its name.
    const [{ thread }] = await Promise.all([a.request("thread/start", {}), b.initialize("codex_ios")]);
    expect(thread.originator).toBe("codex_vscode");
    const turn = await a.runTurn(thread.id, "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([namesOf("codex_vscode")]);
  });

  it("a turn that B adds input to stays A's", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { client, requestsOf } = await testServer({ script: [[text("one"), hold(held)], text("two")] });
    const a = await client("codex_vscode");
    const thread = await a.startThread();
    const turn = await a.startTurn(thread, "first");
    await a.notification("item/agentMessage/delta");
    const b = await client("codex_ios");
    expect(await b.startTurn(thread, "more")).toBe(turn);
    await a.notification("turn/completed");
    release();
    expect(requestsOf(turn).map(namesOn)).toEqual([namesOf("codex_vscode"), namesOf("codex_vscode")]);
  });

  it("and each connection is told its own name", async () => {
    const { open } = await testServer();
    for (const name of ["codex-backend", "codex_vscode", "codex_ios", "codex_app_server_daemon"]) {
      const connection = await open();
      expect((await connection.initialize(name, "4.5.6")).userAgent).toBe(namesOf(name, "4.5.6").userAgent);
    }
  });

  it("whatever the default identity is called", async () => {
    const warnings: string[] = [];
    const variables = { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: "env_override" };
    const defaultIdentity = defaultIdentityFrom(variables, host, (text_) => warnings.push(text_));
    expect(defaultHeaders(defaultIdentity)["originator"]).toBe("env_override");
    const { client, requestsOf } = await testServer({ options: { defaultIdentity } });
    const a = await client("codex_vscode");
    const turn = await a.runTurn(await a.startThread(), "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([namesOf("codex_vscode")]);
    expect(warnings).toEqual([]);
  });
});
