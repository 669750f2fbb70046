import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { pidsIn, running, serverIn } from "./support/commands.js";
import type { Json, WireClient } from "./support/wire-client.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The end of a process, as its client is told of it. */
const exit = async (client: WireClient, processHandle: string): Promise<Json> =>
  (await client.notification("process/exited", (params) => params.processHandle === processHandle)).params;

/** Starts a process and waits for its end. */
async function run(client: WireClient, params: Json): Promise<Json> {
  await client.request("process/spawn", params);
  return exit(client, params.processHandle);
}

/** What a process streamed so far. */
function streamed(client: WireClient, processHandle: string): string {
  const deltas = client.notifications("process/outputDelta").filter((each) => each.processHandle === processHandle);
  return Buffer.concat(deltas.map(({ deltaBase64 }) => Buffer.from(deltaBase64, "base64"))).toString();
}

const says = (client: WireClient, processHandle: string, what: RegExp) =>
  client.frame(() => what.test(streamed(client, processHandle)));

const refusal = async (client: WireClient, method: string, params: Json) => (await client.call(method, params)).error;

describe("process/spawn", () => {
  it("answers when the process runs, and tells its end with what it said, outside the sandbox", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const script = "echo out; echo err >&2; pwd; touch free; cat; exit 3";
    const answer = await one.call("process/spawn", { command: ["sh", "-c", script], processHandle: "p", cwd });
    expect(answer.result).toEqual({});
    expect(await exit(one, "p")).toEqual({
      processHandle: "p",
      exitCode: 3,
      outputDrainTimedOut: false,
      stdout: `out\n${cwd}\n`,
      stdoutCapReached: false,
      stderr: "err\n",
      stderrCapReached: false,
    });
    expect(existsSync(join(cwd, "free"))).toBe(true);
    expect(one.notifications("process/outputDelta")).toEqual([]);
  });

  it("streams after the answer and before the end", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const streaming = { cwd, streamStdoutStderr: true };
    for (let round = 0; round < 10; round++) {
      const processHandle = `p${round}`;
      const { id } = await one.call("process/spawn", { command: ["echo", "hi"], processHandle, ...streaming });
      expect(await exit(one, processHandle)).toMatchObject({ exitCode: 0, stdout: "", stdoutCapReached: false });
      const order = one.frames.flatMap((frame) => {
        if (frame.id === id) return ["answer"];
        return frame.params?.["processHandle"] === processHandle ? [frame.method] : [];
      });
      expect(order).toEqual(["answer", "process/outputDelta", "process/exited"]);
    }
    const capped = { command: ["printf", "0123456789"], processHandle: "capped", outputBytesCap: 4, ...streaming };
    expect(await run(one, capped)).toMatchObject({ stdout: "", stdoutCapReached: true, stderrCapReached: false });
    expect(one.notifications("process/outputDelta").filter((each) => each.processHandle === "capped")).toEqual([
      { processHandle: "capped", stream: "stdout", deltaBase64: base64("0123"), capReached: true },
    ]);
  });

  it("caps what it tells at the end, unless the cap is null", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const much = { command: ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"], cwd };
    const usual = await run(one, { ...much, processHandle: "a" });
    expect([usual.stdout.length, usual.stdoutCapReached]).toEqual([1024 * 1024, true]);
    const all = await run(one, { ...much, processHandle: "b", outputBytesCap: null });
    expect([all.stdout.length, all.stdoutCapReached]).toEqual([3_000_000, false]);
    const exact = await run(one, { command: ["printf", "0123"], processHandle: "c", cwd, outputBytesCap: 4 });
    expect([exact.stdout, exact.stdoutCapReached]).toEqual(["0123", true]);
    const tooMuch = { command: ["head", "-c", "10485761", "/dev/zero"], processHandle: "d", cwd, outputBytesCap: null };
    const cut = await run(one, tooMuch);
    expect([cut.stdout.length, cut.stdoutCapReached, cut.exitCode]).toEqual([10_485_760, true, 0]);
  });

  it("refuses what cannot be meant or started, in the reference's words", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    await writeFile(join(cwd, "plain"), "");
    const refused: Array<[Json, number, string]> = [
      [{ command: [] }, -32600, "command must not be empty"],
      [{ processHandle: "" }, -32600, "processHandle must not be empty"],
      [{ size: { rows: 1, cols: 1 } }, -32602, "process/spawn size requires tty: true"],
      [{ tty: true, size: { rows: 1, cols: 0 } }, -32602, "process size rows and cols must be greater than 0"],
      [{ timeoutMs: -1 }, -32602, "process/spawn timeoutMs must be non-negative, got -1"],
      [{ cwd: "relative" }, -32600, "Invalid request: AbsolutePathBuf deserialized without a base path"],
      [{ cwd: "/nonexistent" }, -32603, "failed to spawn process: No such file or directory (os error 2)"],
      [{ cwd: join(cwd, "plain") }, -32603, "failed to spawn process: Not a directory (os error 20)"],
      [{ command: ["nope"] }, -32603, "failed to spawn process: No such file or directory (os error 2)"],
      [{ command: ["./plain"] }, -32603, "failed to spawn process: Permission denied (os error 13)"],
      [{ command: [""] }, -32603, "failed to spawn process: missing program for pipe spawn"],
      [{ command: [""], tty: true }, -32603, "failed to spawn process: missing program for PTY spawn"],
      [{ command: ["echo", "a\0"] }, -32603, "failed to spawn process: nul byte found in provided data"],
    ];
    for (const [params, code, message] of refused) {
      const asked = { command: ["pwd"], processHandle: "p", cwd, ...params };
      expect(await refusal(one, "process/spawn", asked)).toEqual({ code, message });
    }
    expect(await run(one, { command: ["pwd"], processHandle: "p", cwd })).toMatchObject({ exitCode: 0 });
    expect(one.notifications("process/exited")).toHaveLength(1);
  });

  it("is for clients that take experimental methods", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one", "1", {});
    expect(await refusal(one, "process/spawn", { command: ["pwd"], processHandle: "p", cwd })).toEqual({
      code: -32600,
      message: "process/spawn requires experimentalApi capability",
    });
  });

  it("ends a process when its time is over, and what a process leaves behind", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const family = "echo begun; sleep 600 & echo $! >> pids; echo $$ >> pids";
    const timed = { command: ["sh", "-c", `${family}; wait`], processHandle: "a", cwd, timeoutMs: 500 };
    expect(await run(one, timed)).toMatchObject({ exitCode: 124, stdout: "begun\n", outputDrainTimedOut: false });
    const left = await run(one, { command: ["sh", "-c", family], processHandle: "b", cwd });
    expect(left).toMatchObject({ exitCode: 0, stdout: "begun\n", outputDrainTimedOut: true });
    expect(running(await pidsIn(join(cwd, "pids"), 4))).toEqual([]);
  });
});

describe("a running process", () => {
  it("takes input and its end", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const write = (params: Json) => one.call("process/writeStdin", { processHandle: "cat", ...params });
    await one.request("process/spawn", { command: ["cat"], processHandle: "cat", cwd, streamStdin: true });
    expect((await write({ deltaBase64: base64("one ") })).result).toEqual({});
    expect((await write({})).error).toEqual({
      code: -32602,
      message: "process/writeStdin requires deltaBase64 or closeStdin",
    });
    expect((await write({ deltaBase64: "a" })).error).toMatchObject({ code: -32602 });
    expect((await write({ deltaBase64: base64("two"), closeStdin: true })).result).toEqual({});
    expect(await exit(one, "cat")).toMatchObject({ exitCode: 0, stdout: "one two" });
    expect((await write({ deltaBase64: base64("late") })).error).toEqual({
      code: -32600,
      message: 'no active process for process handle "cat"',
    });
    await one.request("process/spawn", { command: ["sleep", "600"], processHandle: "deaf", cwd });
    expect(await refusal(one, "process/writeStdin", { processHandle: "deaf", closeStdin: true })).toEqual({
      code: -32600,
      message: "stdin streaming is not enabled for this process",
    });
  });

  it("has a terminal that is typed into and resized", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const command = ["sh", "-c", "stty size; read x; stty size; cat; exit 7"];
    await one.request("process/spawn", { command, processHandle: "t", cwd, tty: true, size: { rows: 11, cols: 22 } });
    await says(one, "t", /^11 22\r\n/);
    const resized = { processHandle: "t", size: { rows: 33, cols: 44 } };
    expect(await one.request("process/resizePty", resized)).toEqual({});
    await one.request("process/writeStdin", { processHandle: "t", deltaBase64: base64("x\n") });
    await says(one, "t", /33 44\r\n$/);
    await one.request("process/writeStdin", { processHandle: "t", closeStdin: true });
    expect(await exit(one, "t")).toMatchObject({ exitCode: 7, stdout: "", stderr: "" });
    await one.request("process/spawn", { command: ["sleep", "600"], processHandle: "plain", cwd });
    expect(await refusal(one, "process/resizePty", { ...resized, processHandle: "plain" })).toEqual({
      code: -32600,
      message: "failed to resize PTY: process is not attached to a PTY",
    });
    expect(await refusal(one, "process/resizePty", { processHandle: "t", size: { rows: 0, cols: 1 } })).toEqual({
      code: -32602,
      message: "process size rows and cols must be greater than 0",
    });
  });

  it("is killed with everything it started", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const script = "sleep 600 & echo $! >> pids; setsid sleep 600 & echo $! >> pids; echo $$ >> pids; wait";
    await one.request("process/spawn", { command: ["sh", "-c", script], processHandle: "p", cwd });
    const pids = await pidsIn(join(cwd, "pids"), 3);
    expect(await one.request("process/kill", { processHandle: "p" })).toEqual({});
    expect(await exit(one, "p")).toMatchObject({ exitCode: 137, outputDrainTimedOut: false });
    expect(running(pids)).toEqual([]);
    expect(await refusal(one, "process/kill", { processHandle: "p" })).toEqual({
      code: -32600,
      message: 'no active process for process handle "p"',
    });
  });

  it("has a handle of its own connection, which is no id of command/exec", async () => {
    const { client, cwd } = await serverIn();
    const [one, two] = [await client("one"), await client("two")];
    const params = { command: ["sleep", "600"], processHandle: "x", cwd, timeoutMs: null };
    await one.request("process/spawn", params);
    expect(await refusal(one, "process/spawn", params)).toEqual({
      code: -32600,
      message: 'duplicate active process handle: "x"',
    });
    expect(await refusal(two, "process/kill", { processHandle: "x" })).toEqual({
      code: -32600,
      message: 'no active process for process handle "x"',
    });
    expect(await refusal(one, "command/exec/terminate", { processId: "x" })).toMatchObject({ code: -32600 });
    await two.request("process/spawn", params);
    await two.request("process/kill", { processHandle: "x" });
    expect(await exit(two, "x")).toMatchObject({ exitCode: 137 });
    expect(one.notifications("process/exited")).toEqual([]);
    await one.request("process/kill", { processHandle: "x" });
    expect(await exit(one, "x")).toMatchObject({ exitCode: 137 });
  });
});
