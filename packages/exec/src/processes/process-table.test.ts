import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { encoded, failure, gone, isAlive, openSession, testPath } from "../../test/support/session.js";
import type { ProcessStartParams } from "./messages.js";

const untimed = new AbortController().signal;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "exec-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("what a process says", () => {
  test("output, exit and close share one counter", async () => {
    const session = openSession();
    expect(await session.start("p", "echo out; echo err >&2; exit 7")).toEqual({
      processId: "p",
      sandboxType: "none",
    });
    expect((await session.output("p")).split("\n").sort()).toEqual(["", "err", "out"]);
    expect(await session.exitCode("p")).toBe(7);
    expect(session.order("p")).toEqual(["1 output", "2 output", "3 exited", "4 closed"]);
    expect(new Set(session.told.map((event) => ("stream" in event ? event.stream : "")))).toEqual(
      new Set(["stdout", "stderr", ""]),
    );
  });

  test.each([
    ["INT", 130],
    ["KILL", 137],
    ["SEGV", 139],
    ["TERM", 143],
  ])("SIG%s is the exit code %i", async (name, code) => {
    const session = openSession();
    await session.start("p", `kill -${name} $$; sleep 60`);
    expect(await session.exitCode("p")).toBe(code);
  });

  test("bytes that are no text come as they are", async () => {
    const session = openSession();
    await session.start("p", String.raw`printf '\377\000\200x'`);
    await session.output("p");
    const chunks = session.told.flatMap((event) => (event.what === "output" ? [event.chunk] : []));
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([255, 0, 128, 120]));
  });

  test("its streams can be opened by their names", async () => {
    const session = openSession();
    await session.start("p", "echo out > /dev/stdout; echo err > /dev/stderr; head -n 1 /dev/stdin", {
      pipeStdin: true,
    });
    await session.table.write({ processId: "p", chunk: encoded("in\n"), writeId: "1" });
    await session.output("p");
    const said = (wanted: string): string =>
      session.told.map((event) => (event.what === "output" && event.stream === wanted ? event.text : "")).join("");
    expect([said("stdout"), said("stderr")]).toEqual(["out\nin\n", "err\n"]);
  });

  test("what it leaves in the background keeps its output open", async () => {
    const session = openSession();
    const path = await folder();
    await session.start("p", "(while [ ! -e go ]; do sleep 0.01; done; echo late) & echo x; exit 3", {
      cwd: pathToFileURL(path).href,
    });
    expect(await session.exitCode("p")).toBe(3);
    await writeFile(join(path, "go"), "");
    expect(await session.output("p")).toBe("x\nlate\n");
    expect(session.order("p")).toEqual(["1 output", "2 exited", "3 output", "4 closed"]);
  });

  test("one that closes its output lives on", async () => {
    const session = openSession();
    const path = await folder();
    const cwd = pathToFileURL(path).href;
    await session.start("p", "exec >&- 2>&-; echo > closed; read line; exit 4", { pipeStdin: true, cwd });
    await expect.poll(() => readdir(path)).toEqual(["closed"]);
    expect(session.told).toEqual([]);
    await session.table.write({ processId: "p", chunk: encoded("\n"), writeId: "1" });
    expect(await session.exitCode("p")).toBe(4);
    await session.output("p");
    expect(session.order("p")).toEqual(["1 exited", "2 closed"]);
  });
});

describe("reading again", () => {
  test("by number and by size", async () => {
    const session = openSession();
    await session.start("p", "echo one; cat; echo two", { pipeStdin: true });
    await session.until((event) => event.what === "output");
    await session.table.write({ processId: "p", chunk: encoded("mid\n"), writeId: "1" });
    await session.until((event) => event.what === "output" && event.text === "mid\n");
    session.table.terminate({ processId: "p" });
    await session.output("p");
    const read = (params: object) => session.table.read({ processId: "p", ...params }, untimed);
    expect(await read({})).toEqual({
      chunks: [
        { seq: 1, stream: "stdout", chunk: encoded("one\n") },
        { seq: 2, stream: "stdout", chunk: encoded("mid\n") },
      ],
      nextSeq: 5,
      exited: true,
      exitCode: 137,
      closed: true,
      failure: null,
      sandboxDenied: false,
    });
    expect(await read({ afterSeq: 1 })).toMatchObject({ chunks: [{ seq: 2 }], nextSeq: 5 });
    expect(await read({ maxBytes: 1 })).toMatchObject({ chunks: [{ seq: 1 }], nextSeq: 2 });
    expect(await read({ afterSeq: 99, waitMs: 60_000 })).toMatchObject({ chunks: [], nextSeq: 5 });
  });

  test("waits for output, for the exit and for the close", async () => {
    const session = openSession();
    await session.start("p", "read a; echo $a; read b; sleep 0.05 & exit 2", { pipeStdin: true });
    const read = (afterSeq: number) => session.table.read({ processId: "p", afterSeq, waitMs: 60_000 }, untimed);
    const first = read(0);
    await session.table.write({ processId: "p", chunk: encoded("hi\n"), writeId: "1" });
    expect(await first).toMatchObject({ chunks: [{ seq: 1 }], nextSeq: 2, exited: false });
    const second = read(1);
    await session.table.write({ processId: "p", chunk: encoded("\n"), writeId: "2" });
    expect(await second).toMatchObject({ chunks: [], nextSeq: 3, exited: true, exitCode: 2 });
    expect(await read(2)).toMatchObject({ nextSeq: 4, closed: true });
  });

  test("a wait ends without news, and when its connection goes", async () => {
    const session = openSession();
    await session.start("p", "cat", { pipeStdin: true });
    expect(await session.table.read({ processId: "p", waitMs: 10 }, untimed)).toMatchObject({
      chunks: [],
      nextSeq: 1,
      exited: false,
    });
    const connection = new AbortController();
    const waiting = session.table.read({ processId: "p", waitMs: 2 ** 40 }, connection.signal);
    connection.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });

  test("of much output the last mebibyte is kept", async () => {
    const session = openSession();
    await session.start("p", "head -c 5000000 /dev/zero; echo end");
    const output = await session.output("p");
    expect(output).toHaveLength(5_000_004);
    const { chunks, nextSeq } = await session.table.read({ processId: "p" }, untimed);
    const kept = Buffer.concat(chunks.map(({ chunk }) => Buffer.from(chunk, "base64")));
    expect(kept.length).toBeLessThanOrEqual(1024 * 1024);
    expect(kept.length).toBeGreaterThan(1024 * 1024 - 65_536);
    expect(kept.subarray(-4).toString()).toBe("end\n");
    expect(chunks[0]?.seq).toBeGreaterThan(1);
    expect(nextSeq).toBe(session.told.length + 1);
  });
});

describe("writing", () => {
  test("each id once", async () => {
    const session = openSession();
    await session.start("p", "cat", { pipeStdin: true });
    const write = (text: string, writeId: string) =>
      session.table.write({ processId: "p", chunk: encoded(text), writeId });
    const all = await Promise.all([write("a\n", "1"), write("a\n", "1"), write("b\n", "2"), write("", "3")]);
    expect(all).toEqual(Array.from({ length: 4 }, () => ({ status: "accepted" })));
    await session.until((event) => event.what === "output" && event.text.endsWith("b\n"));
    session.table.terminate({ processId: "p" });
    expect(await session.output("p")).toBe("a\nb\n");
    expect(await write("a\n", "1")).toEqual({ status: "accepted" });
    expect(await failure(() => write("c\n", "4"))).toEqual({
      code: -32603,
      message: "failed to write to process stdin",
    });
  });

  test("to a process without an input, to none, and badly", async () => {
    const session = openSession();
    await session.start("p", "cat; echo done");
    const write = (processId: string, chunk: string, writeId = "1") =>
      session.table.write({ processId, chunk, writeId });
    expect(await write("p", encoded("x"))).toEqual({ status: "stdinClosed" });
    expect(await session.output("p")).toBe("done\n");
    expect(await write("nobody", encoded("x"))).toEqual({ status: "unknownProcess" });
    expect(await failure(() => write("p", encoded("x"), ""))).toEqual({
      code: -32602,
      message: "writeId must not be empty",
    });
    expect(await failure(() => write("p", "!!"))).toEqual({ code: -32602, message: "Invalid symbol 33, offset 0." });
    expect(await failure(() => write("p", "YQ"))).toEqual({ code: -32602, message: "Invalid padding" });
  });

  test("to one that closed its input", async () => {
    const session = openSession();
    await session.start("p", "exec <&-; echo ready; sleep 60", { pipeStdin: true });
    await session.until((event) => event.what === "output");
    const statuses: string[] = [];
    for (let turn = 0; statuses.at(-1) !== "stdinClosed"; turn++) {
      const { status } = await session.table.write({ processId: "p", chunk: encoded("x"), writeId: `${turn}` });
      statuses.push(status);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(statuses[0]).toBe("accepted");
  });

  test("to one that does not read waits until it does", async () => {
    const session = openSession();
    const path = await folder();
    await session.start("p", "while [ ! -e go ]; do sleep 0.01; done; wc -c", {
      pipeStdin: true,
      cwd: pathToFileURL(path).href,
    });
    let answered = 0;
    const megabyte = "x".repeat(1024 * 1024);
    const writes = Array.from({ length: 4 }, async (_, index) => {
      await session.table.write({ processId: "p", chunk: encoded(megabyte), writeId: `${index}` });
      answered++;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBeLessThan(4);
    await writeFile(join(path, "go"), "");
    await Promise.all(writes);
  });

  test("waiting writes are answered when the process ends", async () => {
    const session = openSession();
    await session.start("p", "sleep 60", { pipeStdin: true });
    const chunk = encoded("x".repeat(3 * 1024 * 1024));
    const waiting = failure(() => session.table.write({ processId: "p", chunk, writeId: "1" }));
    session.table.terminate({ processId: "p" });
    expect(await waiting).toEqual({ code: -32603, message: "failed to write to process stdin" });
  });
});

describe("ending", () => {
  test("an interrupt reaches the whole group", async () => {
    const session = openSession();
    await session.start("p", "sleep 60 & echo $!; exec sleep 60");
    const first = await session.until((event) => event.what === "output");
    const child = Number("text" in first ? first.text : "");
    expect(session.table.signal({ processId: "p", signal: "interrupt" })).toEqual({});
    expect(await session.exitCode("p")).toBe(130);
    session.table.terminate({ processId: "p" });
    await gone(child);
  });

  test("an interrupt may be handled", async () => {
    const session = openSession();
    await session.start("p", "trap 'echo got; exit 5' INT; echo ready; while :; do sleep 0.02; done");
    await session.until((event) => event.what === "output");
    session.table.signal({ processId: "p", signal: "interrupt" });
    expect(await session.output("p")).toBe("ready\ngot\n");
    expect(await session.exitCode("p")).toBe(5);
  });

  test("terminate ends a shell and what it started", async () => {
    const session = openSession();
    await session.start("p", "trap '' TERM HUP INT; sleep 60 & echo $!; (sleep 60 & echo $!; wait) & wait");
    await session.until(
      () =>
        session.told
          .map((event) => ("text" in event ? event.text : ""))
          .join("")
          .split("\n").length > 2,
    );
    const children = session.told
      .flatMap((event) => ("text" in event ? event.text.trim().split("\n") : []))
      .map(Number);
    expect(children).toHaveLength(2);
    expect(session.table.terminate({ processId: "p" })).toEqual({ running: true });
    expect(await session.exitCode("p")).toBe(137);
    await session.output("p");
    for (const child of children) await gone(child);
    expect(session.table.terminate({ processId: "p" })).toEqual({ running: false });
  });

  test.each(["exec sleep 60", "exit 3"])("terminate does not wait for what left the group (%s)", async (then) => {
    const session = openSession();
    await session.start("p", `setsid sh -c 'echo $$; exec sleep 60' & ${then}`);
    const first = await session.until((event) => event.what === "output");
    const pid = Number("text" in first ? first.text : "");
    onTestFinished(() => void process.kill(pid, "SIGKILL"));
    if (then === "exit 3") await session.exitCode("p");
    session.table.terminate({ processId: "p" });
    await session.output("p");
    expect(await isAlive(pid)).toBe(true);
  });

  test("terminate after the exit ends what holds the output", async () => {
    const session = openSession();
    await session.start("p", "sleep 60 & echo $!; exit 3");
    const first = await session.until((event) => event.what === "output");
    expect(await session.exitCode("p")).toBe(3);
    expect(session.table.terminate({ processId: "p" })).toEqual({ running: false });
    await session.output("p");
    await gone(Number("text" in first ? first.text : ""));
  });

  test("close leaves nothing behind, not even of processes that are over", async () => {
    const session = openSession();
    await session.start("over", "sleep 60 >/dev/null 2>&1 & echo $!; exit 0");
    await session.start("runs", "sleep 60 & echo $!; wait");
    await session.start("terminal", "sleep 60 & echo $!; wait", { tty: true });
    await session.output("over");
    for (const processId of ["runs", "terminal"]) {
      await session.until((event) => event.processId === processId && event.what === "output");
    }
    const children = session.told.flatMap((event) => ("text" in event ? [Number(event.text)] : []));
    expect(children).toHaveLength(3);
    await session.table.close();
    for (const child of children) await gone(child);
    expect(await failure(() => session.start("new", "true"))).toMatchObject({ code: -32600 });
  });

  test("a closed process is forgotten after 80 seconds, with what it left in its group", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const session = openSession();
    await session.start("p", "sleep 60 >/dev/null 2>&1 & echo $!; exit 0");
    const child = Number(await session.output("p"));
    await session.table.read({ processId: "p" }, untimed);
    vi.advanceTimersByTime(79_999);
    expect(await session.table.read({ processId: "p" }, untimed)).toMatchObject({ exited: true });
    expect(await isAlive(child)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(await failure(() => session.table.read({ processId: "p" }, untimed))).toMatchObject({ code: -32600 });
    vi.useRealTimers();
    await gone(child);
    await session.start("p", "true");
  });

  test("unknown processes", async () => {
    const { table } = openSession();
    expect(table.signal({ processId: "zz", signal: "interrupt" })).toEqual({});
    expect(table.terminate({ processId: "zz" })).toEqual({ running: false });
    expect(await failure(() => table.read({ processId: "zz" }, untimed))).toEqual({
      code: -32600,
      message: "unknown process id zz",
    });
  });
});

describe("starting", () => {
  test("the program sees its name, its arguments, its folder and its environment", async () => {
    const session = openSession({ INHERITED: "yes", A_TOKEN: "secret" });
    const cwd = await folder();
    await session.start("p", "", {
      argv: ["sh", "-c", 'echo "$0 $1 $A $INHERITED$A_TOKEN"; pwd', "ignored", "one two"],
      arg0: "-zero",
      cwd: pathToFileURL(cwd).href,
      env: { ...testPath, A: "b" },
      envPolicy: { inherit: "all", ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
    });
    expect(await session.output("p")).toBe(`ignored one two b yes\n${cwd}\n`);
    await session.start("q", "", { argv: ["sh", "-c", "echo $0"], arg0: "-zero" });
    expect(await session.output("q")).toBe("-zero\n");
  });

  test("an id is taken until long after the end, but not by a failure", async () => {
    const session = openSession();
    expect(await failure(() => session.start("p", "", { argv: ["/does/not/exist"] }))).toMatchObject({ code: -32603 });
    await session.start("p", "true");
    await session.output("p");
    expect(await failure(() => session.start("p", "true"))).toEqual({
      code: -32600,
      message: "process p already exists",
    });
  });

  test.each([false, true])("while it starts (terminal: %s)", async (tty) => {
    const session = openSession();
    const started = failure(() => session.start("p", "cat", { tty, pipeStdin: true }));
    expect(await session.table.write({ processId: "p", chunk: "", writeId: "1" })).toEqual({ status: "starting" });
    expect(await failure(() => session.table.read({ processId: "p" }, untimed))).toEqual({
      code: -32600,
      message: "process id p is starting",
    });
    expect(session.table.signal({ processId: "p", signal: "interrupt" })).toEqual({});
    expect(session.table.terminate({ processId: "p" })).toEqual({ running: true });
    expect(await started).toEqual({ code: -32600, message: "process p start was cancelled" });
    expect(session.told).toEqual([]);
    await session.start("p", "true");
  });

  const noFile = "No such file or directory (os error 2)";
  const noPermission = "Permission denied (os error 13)";
  const failures: ReadonlyArray<[string, Partial<ProcessStartParams>, number, string]> = [
    ["no argv", { argv: [] }, -32602, "argv must not be empty"],
    ["an unknown program", { argv: ["no-such-program"] }, -32603, noFile],
    ["an unknown path", { argv: ["/no/such/program"] }, -32603, noFile],
    ["no search path that has it", { argv: ["env"], env: { PATH: "/nope" } }, -32603, noFile],
    ["a folder", { argv: ["/tmp"] }, -32603, noPermission],
    ["a file that is not executable", { argv: ["/etc/passwd"] }, -32603, noPermission],
    ["an unknown folder to run in", { cwd: "file:///nope" }, -32603, noFile],
    ["a file to run in", { cwd: "file:///etc/passwd" }, -32603, "Not a directory (os error 20)"],
    ["a NUL", { argv: ["true", "a\0b"] }, -32603, "nul byte found in provided data"],
    ["a NUL in a variable", { env: { A: "b\0c" } }, -32603, "nul byte found in provided data"],
    ["a path for a URI", { cwd: "/tmp" }, -32602, "invalid URI: relative URL without a base"],
    ["another scheme", { cwd: "http://x/y" }, -32602, "unsupported path URI scheme `http`"],
    ["a query", { cwd: "file:///tmp?x" }, -32602, "query parameters are not allowed in path URIs"],
    [
      "another host",
      { cwd: "file://host/tmp" },
      -32602,
      `cwd URI \`file://host/tmp\` is not valid on this exec-server host: 'file://host/tmp' is invalid on '${process.platform}'`,
    ],
  ];
  test.each(failures)("%s", async (_name, changes, code, message) => {
    const session = openSession();
    for (const tty of [false, true]) {
      expect(await failure(() => session.start("p", "true", { ...changes, tty }))).toEqual({ code, message });
    }
    expect(session.told).toEqual([]);
  });

  test.each([
    [false, "pipe"],
    [true, "PTY"],
  ])("an empty program (terminal: %s)", async (tty, kind) => {
    expect(await failure(() => openSession().start("p", "", { argv: [""], tty }))).toEqual({
      code: -32603,
      message: `missing program for ${kind} spawn`,
    });
  });

  test.each([
    ["sandbox", { permissions: { type: "managed" } }],
    ["sandbox", {}],
    ["sandbox", "strict"],
    ["enforceManagedNetwork", true],
    ["managedNetwork", {}],
    ["networkProxy", { proxy: {} }],
    ["credentialProviders", { a: 1 }],
    ["shellSnapshot", { scopeId: "x" }],
  ])("a process with %s is not started", async (field, value) => {
    const session = openSession();
    const { code, message } = await failure(() => session.start("p", "echo ran", { [field]: value }));
    expect(code).toBe(-32602);
    expect(message).toContain(`${field} is not supported`);
    expect(session.table.terminate({ processId: "p" })).toEqual({ running: false });
  });

  test("what asks for none of it passes", async () => {
    const session = openSession();
    await session.start("p", "true", {
      sandbox: null,
      enforceManagedNetwork: false,
      managedNetwork: null,
      networkProxy: null,
      credentialProviders: [],
      shellSnapshot: null,
    });
    await session.start("q", "true", { sandbox: { permissions: { type: "disabled" }, windowsSandboxLevel: "x" } });
    expect([await session.exitCode("p"), await session.exitCode("q")]).toEqual([0, 0]);
  });
});
