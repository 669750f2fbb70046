import { hold, text } from "@switchboard/simulator";
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
});
