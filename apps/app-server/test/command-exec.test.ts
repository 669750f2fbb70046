import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { pidsIn, running, serverIn } from "./support/commands.js";
import type { Json, WireClient } from "./support/wire-client.js";

const free = { sandboxPolicy: { type: "dangerFullAccess" } };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a command of a client streamed so far. */
function streamed(client: WireClient, processId: string, stream = "stdout"): string {
  const deltas = client.notifications("command/exec/outputDelta").filter((each) => each.processId === processId);
  return Buffer.concat(
    deltas.filter((each) => each.stream === stream).map((each) => Buffer.from(each.deltaBase64, "base64")),
  ).toString();
}

/** Waits until a command has streamed something that fits. */
async function says(client: WireClient, processId: string, what: RegExp): Promise<void> {
  await client.frame(() => what.test(streamed(client, processId)));
}

const refusal = async (client: WireClient, method: string, params: Json) => (await client.call(method, params)).error;

describe("command/exec", () => {
  it("answers with the exit code and both streams, in the server's folder", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const script = "echo out; echo err >&2; pwd; cat; exit 3";
    expect(await one.request("command/exec", { command: ["sh", "-c", script] })).toEqual({
      exitCode: 3,
      stdout: `out\n${cwd}\n`,
      stderr: "err\n",
    });
    await mkdir(join(cwd, "sub"));
    const inSub = await one.request("command/exec", { command: ["pwd"], cwd: "sub", ...free });
    expect(inSub.stdout).toBe(`${cwd}/sub\n`);
    const killed = await one.request("command/exec", { command: ["sh", "-c", "kill -9 $$"], ...free });
    expect(killed).toEqual({ exitCode: 137, stdout: "", stderr: "" });
    expect(one.notifications("command/exec/outputDelta")).toEqual([]);
  });

  it("refuses what cannot be meant, in the reference's words", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const command = ["echo", "hi"];
    const refused: Array<[Json, number, string]> = [
      [{ command: [] }, -32600, "command must not be empty"],
      [{ tty: true }, -32600, "command/exec tty or streaming requires a client-supplied processId"],
      [{ streamStdin: true }, -32600, "command/exec tty or streaming requires a client-supplied processId"],
      [{ streamStdoutStderr: true }, -32600, "command/exec tty or streaming requires a client-supplied processId"],
      [{ size: { rows: 1, cols: 1 } }, -32602, "command/exec size requires tty: true"],
      [
        { tty: true, processId: "p", size: { rows: 0, cols: 1 } },
        -32602,
        "command/exec size rows and cols must be greater than 0",
      ],
      [{ timeoutMs: 1, disableTimeout: true }, -32602, "command/exec cannot set both timeoutMs and disableTimeout"],
      [{ timeoutMs: -1 }, -32602, "command/exec timeoutMs must be non-negative, got -1"],
      [
        { outputBytesCap: 1, disableOutputCap: true },
        -32602,
        "command/exec cannot set both outputBytesCap and disableOutputCap",
      ],
      [
        { sandboxPolicy: { type: "readOnly" }, permissionProfile: ":workspace" },
        -32600,
        "`permissionProfile` cannot be combined with `sandboxPolicy`",
      ],
      [
        { permissionProfile: "nope" },
        -32600,
        "invalid permission profile: default_permissions requires a `[permissions]` table",
      ],
      [
        { permissionProfile: ":nope" },
        -32600,
        "invalid permission profile: default_permissions refers to unknown built-in profile `:nope`",
      ],
    ];
    for (const [params, code, message] of refused) {
      expect(await refusal(one, "command/exec", { command, ...params })).toEqual({ code, message });
    }
  });

  it("says why a command cannot be started, sandboxed or not", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    await writeFile(join(cwd, "plain"), "");
    const reasons: Array<[Json, string]> = [
      [{ command: ["no-such-program"] }, "No such file or directory (os error 2)"],
      [{ command: ["./plain"] }, "Permission denied (os error 13)"],
      [{ command: [""] }, "missing program for pipe spawn"],
      [{ command: ["pwd"], cwd: "missing" }, "No such file or directory (os error 2)"],
      [{ command: ["echo", "a\0b"] }, "nul byte found in provided data"],
    ];
    for (const [params, reason] of reasons) {
      for (const sandbox of [{}, free]) {
        const error = { code: -32603, message: `failed to spawn command: ${reason}` };
        expect(await refusal(one, "command/exec", { ...params, ...sandbox })).toEqual(error);
      }
    }
    expect(await refusal(one, "command/exec", { command: [""], tty: true, processId: "p" })).toEqual({
      code: -32603,
      message: "failed to spawn command: missing program for PTY spawn",
    });
    // The id of one that did not start is free again.
    await one.request("command/exec", { command: ["true"], processId: "p" });
  });

  it("ends a command with all it started when its time is over", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const script = "echo begun; sleep 600 & echo $! >> pids; echo $$ >> pids; wait";
    const answer = one.call("command/exec", { command: ["sh", "-c", script], timeoutMs: 500, ...free });
    const pids = await pidsIn(join(cwd, "pids"), 2);
    expect((await answer).result).toEqual({ exitCode: 124, stdout: "begun\n", stderr: "" });
    expect(running(pids)).toEqual([]);
    expect((await one.request("command/exec", { command: ["sleep", "600"], timeoutMs: 0 })).exitCode).toBe(124);
  });

  it("ends what a command leaves behind, and waits only a while for its output", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    const script = "sleep 600 & echo $! > pids; (sleep 0.2; echo late) & echo begun";
    const result = await one.request("command/exec", { command: ["sh", "-c", script], ...free });
    expect(result).toEqual({ exitCode: 0, stdout: "begun\nlate\n", stderr: "" });
    expect(running(await pidsIn(join(cwd, "pids"), 1))).toEqual([]);
  });
});

describe("the output of command/exec", () => {
  const digits = ["sh", "-c", "printf 0123456789; printf abcdefghij >&2"];

  it("has a cap for each stream", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const run = (more: Json) => one.request("command/exec", { command: digits, ...free, ...more });
    expect(await run({ outputBytesCap: 4 })).toEqual({ exitCode: 0, stdout: "0123", stderr: "abcd" });
    expect(await run({ outputBytesCap: 0 })).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const much = { command: ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"], ...free };
    expect((await one.request("command/exec", much)).stdout).toHaveLength(1024 * 1024);
    const all = await one.request("command/exec", { ...much, disableOutputCap: true });
    expect(all.stdout).toHaveLength(3_000_000);
  });

  it("leaves out a character that the cap cuts, and shows bytes that are no text", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const run = (text: string, outputBytesCap: number) =>
      one.request("command/exec", { command: ["printf", text], outputBytesCap, ...free });
    expect((await run("aä", 2)).stdout).toBe("a");
    expect((await run("a\\377", 9)).stdout).toBe("a\uFFFD");
  });

  it("is refused as a whole when it does not fit into one answer", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const command = ["sh", "-c", "head -c 10485761 /dev/zero; exit 5"];
    expect(await refusal(one, "command/exec", { command, disableOutputCap: true, ...free })).toEqual({
      code: -32603,
      message: expect.stringContaining("exited with code 5 and had more output than fits into one answer"),
    });
    const zeros = ["head", "-c", "10485760", "/dev/zero"];
    const fits = await one.request("command/exec", { command: zeros, disableOutputCap: true, ...free });
    expect(fits.stdout).toHaveLength(10_485_760);
  });

  it("streams in order before the answer, up to the cap", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const answering = one.call("command/exec", {
      command: ["sh", "-c", "printf 0123456789; read x; printf abcdefghij; printf never; printf err >&2"],
      processId: "p",
      streamStdin: true,
      streamStdoutStderr: true,
      outputBytesCap: 12,
      ...free,
    });
    await says(one, "p", /9$/);
    await one.request("command/exec/write", { processId: "p", deltaBase64: base64("\n") });
    const answer = await answering;
    expect(answer.result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const deltas = one.notifications("command/exec/outputDelta");
    expect(deltas.filter(({ stream }) => stream === "stdout")).toEqual([
      { processId: "p", stream: "stdout", deltaBase64: base64("0123456789"), capReached: false },
      { processId: "p", stream: "stdout", deltaBase64: base64("ab"), capReached: true },
    ]);
    expect(deltas.filter(({ stream }) => stream === "stderr")).toEqual([
      { processId: "p", stream: "stderr", deltaBase64: base64("err"), capReached: false },
    ]);
    expect(one.frames.findLastIndex(({ method }) => method === "command/exec/outputDelta")).toBeLessThan(
      one.frames.findIndex(({ id }) => id === answer.id),
    );
  });

  it("waits for a client that does not read", async () => {
    const { client, cwd } = await serverIn();
    const one = await client("one");
    one.socket.pause();
    const script = "i=0; while [ $i -lt 1500 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i > progress; done";
    one.sendRaw(
      JSON.stringify({
        id: 900,
        method: "command/exec",
        params: {
          command: ["sh", "-c", script],
          processId: "p",
          streamStdoutStderr: true,
          disableOutputCap: true,
          disableTimeout: true,
          ...free,
        },
      }),
    );
    const progress = async () => Number(await readFile(join(cwd, "progress"), "utf8").catch(() => "0"));
    let before = -1;
    // It goes on until the buffers between here and there are full, and then no more.
    for (let now = 0; now === 0 || now !== before; now = await progress()) {
      before = now;
      await sleep(300);
    }
    expect(before).toBeLessThan(1500);
    one.socket.resume();
    const answer = await one.frame(({ id }) => id === 900, 60_000);
    expect(answer.result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const lengths = one
      .notifications("command/exec/outputDelta")
      .map(({ deltaBase64 }) => Buffer.from(deltaBase64, "base64").length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(1500 * 65_536);
  }, 90_000);
});

describe("the input of command/exec", () => {
  it("takes writes and its end", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const write = (params: Json) => one.call("command/exec/write", { processId: "cat", ...params });
    const answer = one.call("command/exec", { command: ["cat"], processId: "cat", streamStdin: true });
    expect((await write({ deltaBase64: base64("one ") })).result).toEqual({});
    expect((await write({})).error).toEqual({
      code: -32602,
      message: "command/exec/write requires deltaBase64 or closeStdin",
    });
    expect((await write({ deltaBase64: "!!" })).error).toEqual({
      code: -32602,
      message: "invalid deltaBase64: Invalid symbol 33, offset 0.",
    });
    expect((await write({ deltaBase64: base64("two"), closeStdin: true })).result).toEqual({});
    expect((await answer).result).toEqual({ exitCode: 0, stdout: "one two", stderr: "" });
    expect((await write({ deltaBase64: base64("late") })).error).toEqual({
      code: -32600,
      message: 'no active command/exec for process id "cat"',
    });
  });

  it("is refused after its end, and for a command without it", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const answers = [
      one.call("command/exec", { command: ["sleep", "600"], processId: "a", streamStdin: true, ...free }),
      one.call("command/exec", { command: ["sleep", "600"], processId: "b", ...free }),
    ];
    await one.request("command/exec/write", { processId: "a", closeStdin: true });
    expect(await refusal(one, "command/exec/write", { processId: "a", deltaBase64: base64("x") })).toEqual({
      code: -32600,
      message: "stdin is already closed",
    });
    expect(await one.request("command/exec/write", { processId: "a", closeStdin: true })).toEqual({});
    expect(await refusal(one, "command/exec/write", { processId: "b", deltaBase64: base64("x") })).toEqual({
      code: -32600,
      message: "stdin streaming is not enabled for this command/exec",
    });
    for (const processId of ["a", "b"]) await one.request("command/exec/terminate", { processId });
    for (const answer of answers) expect((await answer).result.exitCode).toBe(137);
  });

  it("is bounded for a command that does not read it", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const answer = one.call("command/exec", { command: ["sleep", "600"], processId: "a", streamStdin: true, ...free });
    const deltaBase64 = Buffer.alloc(9 * 1024 * 1024).toString("base64");
    const first = one.call("command/exec/write", { processId: "a", deltaBase64 });
    const second = await one.call("command/exec/write", { processId: "a", deltaBase64 });
    expect(second.error).toEqual({ code: -32001, message: expect.stringContaining("has not read 9437184 bytes") });
    await one.request("command/exec/terminate", { processId: "a" });
    expect((await first).result).toEqual({});
    expect((await answer).result.exitCode).toBe(137);
  });
});

describe("a terminal of command/exec", () => {
  it.each([
    ["sandboxed", {}],
    ["free", free],
  ])("is typed into, resized and closed, %s", async (_name, sandbox) => {
    const { client } = await serverIn();
    const one = await client("one");
    const processId = "tty";
    const script = "tty >/dev/null && stty size; read x; stty size; echo got $x >&2; cat; exit 7";
    const size = { rows: 11, cols: 22 };
    const answer = one.call("command/exec", { command: ["sh", "-c", script], processId, tty: true, size, ...sandbox });
    await says(one, processId, /^11 22\r\n/);
    expect(await one.request("command/exec/resize", { processId, size: { rows: 33, cols: 77 } })).toEqual({});
    expect(await refusal(one, "command/exec/resize", { processId, size: { rows: 0, cols: 1 } })).toEqual({
      code: -32602,
      message: "command/exec size rows and cols must be greater than 0",
    });
    await one.request("command/exec/write", { processId, deltaBase64: base64("line\n") });
    await says(one, processId, /33 77\r\ngot line\r\n$/);
    // Its input ends also in the middle of a line.
    await one.request("command/exec/write", { processId, deltaBase64: base64("half"), closeStdin: true });
    expect((await answer).result).toEqual({ exitCode: 7, stdout: "", stderr: "" });
    expect(streamed(one, processId)).toMatch(/half\r\nhalf\r\n$/);
    expect(streamed(one, processId, "stderr")).toBe("");
  });

  it("is 24 by 80 unless told otherwise, and only a terminal has a size", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    await one.request("command/exec", { command: ["stty", "size"], processId: "a", tty: true, ...free });
    expect(streamed(one, "a")).toBe("24 80\r\n");
    const answer = one.call("command/exec", { command: ["sleep", "600"], processId: "b", ...free });
    expect(await refusal(one, "command/exec/resize", { processId: "b", size: { rows: 1, cols: 1 } })).toEqual({
      code: -32600,
      message: "failed to resize PTY: process is not attached to a PTY",
    });
    await one.request("command/exec/terminate", { processId: "b" });
    expect((await answer).result.exitCode).toBe(137);
  });
});

describe("the ids of command/exec", () => {
  it("are taken while a command runs, and belong to one connection", async () => {
    const { client } = await serverIn();
    const [one, two] = [await client("one"), await client("two")];
    const command = ["sleep", "600"];
    const ofOne = one.call("command/exec", { command, processId: "x", ...free });
    expect(await refusal(one, "command/exec", { command, processId: "x", ...free })).toEqual({
      code: -32600,
      message: 'duplicate active command/exec process id: "x"',
    });
    for (const [method, more] of [
      ["terminate", {}],
      ["write", { closeStdin: true }],
      ["resize", { size: { rows: 1, cols: 1 } }],
    ] as const) {
      expect(await refusal(two, `command/exec/${method}`, { processId: "x", ...more })).toEqual({
        code: -32600,
        message: 'no active command/exec for process id "x"',
      });
    }
    const ofTwo = two.call("command/exec", { command, processId: "x", ...free });
    expect(await two.request("command/exec/terminate", { processId: "x" })).toEqual({});
    expect((await ofTwo).result.exitCode).toBe(137);
    expect(one.frames.some(({ id }) => id === 2)).toBe(false);
    await one.request("command/exec/terminate", { processId: "x" });
    expect((await ofOne).result.exitCode).toBe(137);
    expect((await one.request("command/exec", { command: ["true"], processId: "x", ...free })).exitCode).toBe(0);
  });

  it("may be used before the command runs", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const answer = one.call("command/exec", { command: ["sleep", "600"], processId: "x" });
    const terminated = one.call("command/exec/terminate", { processId: "x" });
    expect((await terminated).result).toEqual({});
    expect((await answer).result.exitCode).toBe(137);
  });

  it("are limited to 128 commands at a time", async () => {
    const { client } = await serverIn();
    const one = await client("one");
    const answers = Array.from({ length: 128 }, (_, index) =>
      one.call("command/exec", { command: ["sleep", "600"], processId: `${index}`, ...free }),
    );
    expect(await refusal(one, "command/exec", { command: ["true"], ...free })).toEqual({
      code: -32001,
      message: "128 commands of this connection are running, which is the limit; retry when one has ended",
    });
    await one.request("command/exec/terminate", { processId: "7" });
    await answers[7];
    expect((await one.request("command/exec", { command: ["true"], ...free })).exitCode).toBe(0);
  }, 60_000);
});
