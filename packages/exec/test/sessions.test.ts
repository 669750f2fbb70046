import { setTimeout as pause } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import type { ExecClient } from "./support/exec-client.js";
import { testServer } from "./support/exec-server.js";

/** Starts a shell script under the id `p`. */
function startScript(client: ExecClient, script: string): Promise<unknown> {
  return client.request("process/start", {
    processId: "p",
    argv: ["sh", "-c", script],
    cwd: "file:///",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
  });
}

const textOf = (chunk: string) => Buffer.from(chunk, "base64").toString();

describe("a session", () => {
  test("is resumed by another connection, with its processes", async () => {
    const { open, ready } = await testServer();
    const first = await open();
    const { sessionId } = await first.request("initialize", { clientName: "first" });
    first.send({ method: "initialized" });
    await startScript(first, "echo early; sleep 0.5; echo late; exit 3");
    await first.notification("process/output");
    first.socket.terminate();
    await first.closed;

    const second = await ready(sessionId);
    const late = await second.notification("process/output");
    expect([late.seq, textOf(late.chunk)]).toEqual([2, "late\n"]);
    expect(await second.notification("process/exited")).toMatchObject({ processId: "p", seq: 3, exitCode: 3 });
    expect(await second.notification("process/closed")).toEqual({ processId: "p", seq: 4 });
    const { chunks } = await second.request("process/read", { processId: "p" });
    expect(chunks.map((each: { chunk: string }) => textOf(each.chunk))).toEqual(["early\n", "late\n"]);
    await expect(startScript(second, "true")).rejects.toThrow("-32600 process p already exists");
  });

  test("keeps what happened while nobody was there", async () => {
    const { open, ready } = await testServer();
    const first = await open();
    const { sessionId } = await first.request("initialize", { clientName: "first" });
    first.send({ method: "initialized" });
    await startScript(first, "sleep 0.2; echo missed");
    await first.close();
    await pause(500);
    const second = await ready(sessionId);
    const read = await second.request("process/read", { processId: "p", waitMs: 2000 });
    expect(textOf(read.chunks[0].chunk)).toBe("missed\n");
    expect(second.notifications("process/output")).toEqual([]);
  });

  test("has one connection at a time", async () => {
    const { open } = await testServer();
    const [first, second] = [await open(), await open()];
    const { sessionId } = await first.request("initialize", { clientName: "first" });
    const resume = { clientName: "second", resumeSessionId: sessionId };
    expect(await second.refusal("initialize", resume)).toEqual([
      -32010,
      `session ${sessionId} is already attached to another connection`,
    ]);
    await first.close();
    expect(await second.request("initialize", resume)).toMatchObject({ sessionId });
  });

  test("is forgotten after its time, and its processes are ended", async () => {
    const { open } = await testServer({ detachedTtlMs: 300 });
    const first = await open();
    const { sessionId } = await first.request("initialize", { clientName: "first" });
    first.send({ method: "initialized" });
    await startScript(first, "echo $$; exec sleep 60");
    const { chunk } = await first.notification("process/output");
    const pid = Number(textOf(chunk));
    await first.close();

    const second = await open();
    await second.request("initialize", { clientName: "second", resumeSessionId: sessionId });
    await pause(500);
    expect(process.kill(pid, 0)).toBe(true);
    await second.close();

    await pause(800);
    const third = await open();
    expect(await third.refusal("initialize", { clientName: "third", resumeSessionId: sessionId })).toEqual([
      -32600,
      `unknown session id ${sessionId}`,
    ]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("is not reached by another one's processes", async () => {
    const { ready } = await testServer();
    const [one, other] = [await ready(), await ready()];
    await startScript(one, "sleep 5");
    expect(await other.refusal("process/read", { processId: "p" })).toEqual([-32600, "unknown process id p"]);
    expect(await other.request("process/terminate", { processId: "p" })).toEqual({ running: false });
    expect(await one.request("process/terminate", { processId: "p" })).toEqual({ running: true });
  });
});
