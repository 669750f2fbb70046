import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { startCommand, type TerminalSize } from "../src/commands/index.js";
import type { Sandbox } from "../src/sandbox/index.js";
import { env, folder, node, restricted, run, start } from "./support/commands.js";
import { gone, isAlive } from "./support/session.js";

const tty = { rows: 24, columns: 80 };
const sizes: ReadonlyArray<false | TerminalSize> = [false, tty];
const sandboxes: ReadonlyArray<[string, Sandbox]> = [
  ["no sandbox", { kind: "none" }],
  ...(process.platform === "linux" ? ([["a sandbox", restricted([])]] satisfies Array<[string, Sandbox]>) : []),
];

describe.each(sandboxes)("in %s", (_name, sandbox) => {
  test("what it says comes before its exit", async () => {
    const { command, said } = await start("head -c 200000 /dev/zero | tr '\\0' x; echo err >&2; exit 3", { sandbox });
    expect(await command.exited).toEqual({ exitCode: 3, signal: null });
    expect(said()).toHaveLength(200_004);
    await command.closed;
  });

  test("streams are told apart, a terminal has one", async () => {
    for (const [size, wanted] of [
      [false, "stderr stdout"],
      [tty, "pty"],
    ] as const) {
      const streams = new Set<string>();
      const command = await startCommand(
        { argv: ["sh", "-c", "echo out; echo err >&2"], cwd: "/", env, stdin: "closed", tty: size, sandbox },
        { output: (stream) => void streams.add(stream) },
      );
      await command.closed;
      expect([...streams].sort().join(" ")).toBe(wanted);
    }
  });

  test("its input: written, ended, empty", async () => {
    const { command, said } = await start("cat; echo over", { sandbox, stdin: "pipe" });
    expect(await command.write(Buffer.from("a"))).toBe("accepted");
    command.closeStdin();
    expect(await command.write(Buffer.from("b"))).toBe("closed");
    await command.closed;
    expect(said()).toBe("aover\n");
    expect(await command.write(Buffer.from("c"))).toBe("closed");
    expect(await run("cat; echo over", { sandbox })).toMatchObject({ output: "over\n" });
  });

  test("one that does not read is waited for, until it ends", async () => {
    const { command } = await start("sleep 60", { sandbox, stdin: "pipe" });
    const writing = command.write(Buffer.alloc(3 * 1024 * 1024));
    await command.terminate();
    expect(await writing).toBe("closed");
  });

  test("a terminal: typed, resized, ended by ^D", async () => {
    const { command, until, said } = await start("read line; stty size; cat; echo over", { sandbox, tty });
    command.resize({ rows: 50, columns: 132 });
    await command.write(Buffer.from("x\n"));
    await until("50 132");
    command.closeStdin();
    expect(await command.exited).toMatchObject({ exitCode: 0 });
    await command.closed;
    expect(said()).toContain("over");
    command.resize({ rows: 1, columns: 1 });
  });

  test("nobody takes the output: it waits, and is complete in the end", async () => {
    let taken = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const command = await startCommand(
      { argv: ["head", "-c", "50000000", "/dev/zero"], cwd: "/", env, stdin: "closed", tty: false, sandbox },
      {
        output(_stream, chunk) {
          taken += chunk.length;
          return released;
        },
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBeLessThan(1024 * 1024);
    release();
    expect(await command.exited).toMatchObject({ exitCode: 0 });
    await command.closed;
    expect(taken).toBe(50_000_000);
  });

  test.each(sizes)("a slow taker has everything before the exit (terminal: %j)", async (size) => {
    let taken = 0;
    const command = await startCommand(
      { argv: ["head", "-c", "300000", "/dev/zero"], cwd: "/", env, stdin: "closed", tty: size, sandbox },
      {
        async output(_stream, chunk) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          taken += chunk.length;
        },
      },
    );
    await command.exited;
    expect(taken).toBe(300_000);
  });

  test("a failing taker stops nothing", async () => {
    const command = await startCommand(
      { argv: ["head", "-c", "1000000", "/dev/zero"], cwd: "/", env, stdin: "closed", tty: false, sandbox },
      { output: () => Promise.reject(new Error("no")) },
    );
    expect(await command.exited).toMatchObject({ exitCode: 0 });
    await command.closed;
  });

  test.each([
    ["TERM", 143],
    ["KILL", 137],
    ["SEGV", 139],
  ])("SIG%s is the exit code %i", async (name, code) => {
    const signal = sandbox.kind === "none" ? `SIG${name}` : null;
    expect(await run(`kill -${name} $$; sleep 60`, { sandbox })).toMatchObject({ exitCode: code, signal });
    expect(await run(`kill -${name} $$; sleep 60`, { sandbox, tty })).toMatchObject({ exitCode: code, signal });
  });

  test.each(sizes)("terminate ends it and what it started (terminal: %j)", async (size) => {
    const work = await folder();
    const daemon = "setsid sh -c 'echo $$ > daemon; exec sleep 61' &";
    const { command, until } = await start(
      `${daemon} sleep 60 & (sleep 60 & sleep 60) & while [ ! -s daemon ]; do :; done; echo ready; sleep 60`,
      {
        cwd: work,
        tty: size,
        sandbox: sandbox.kind === "none" ? sandbox : restricted([{ path: work, readOnly: [] }]),
      },
    );
    await until("ready");
    await expect.poll(() => alive(work).length).toBeGreaterThanOrEqual(5);
    await command.terminate();
    expect((await command.exited).exitCode).toBe(137);
    await command.closed;
    expect(alive(work)).toEqual([]);
    await command.terminate();
  });

  test("ended right after its start, and after its end", async () => {
    for (const size of sizes) {
      const { command } = await start("sleep 60", { sandbox, tty: size });
      await command.terminate();
      expect((await command.exited).exitCode).toBeGreaterThan(128);
      await gone(command.pid);
      command.interrupt();
      await command.terminate();
    }
  });

  test.each([
    ["a program that is not there", { argv: ["nothing-like-this"] }, "command_not_found"],
    ["a folder that is not there", { cwd: "/nothing" }, "command_not_found"],
    ["a file that is no program", { argv: ["/etc/passwd"] }, "command_not_executable"],
    ["a nul byte", { argv: ["true", "\0"] }, "command_not_started"],
  ] as const)("%s is an error", async (_what, changes, code) => {
    for (const size of sizes) {
      await expect(start("", { sandbox, tty: size, ...changes })).rejects.toMatchObject({ code });
    }
  });

  test("bytes that are no text come as they are", async () => {
    const chunks: Buffer[] = [];
    const command = await startCommand(
      { argv: ["sh", "-c", String.raw`printf '\377\000\200x'`], cwd: "/", env, stdin: "closed", tty: false, sandbox },
      { output: (_stream, chunk) => void chunks.push(chunk) },
    );
    await command.closed;
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([255, 0, 128, 120]));
  });
});

test("without a sandbox, what it leaves in the background keeps its output open", async () => {
  const { command, said } = await start("(sleep 0.3; echo late) & echo x; exit 3");
  expect(await command.exited).toMatchObject({ exitCode: 3 });
  expect(said()).toBe("x\n");
  await command.closed;
  expect(said()).toBe("x\nlate\n");
});

test.runIf(process.platform === "linux")(
  "without a sandbox, one that left its group and parent is found by the output it holds",
  async () => {
    const { command, until, said } = await start("(setsid sh -c 'echo pid $$; sleep 60' &) ; sleep 0.1; exit 0");
    await until("pid");
    expect(await command.exited).toMatchObject({ exitCode: 0 });
    const pid = Number(/\d+/.exec(said())?.[0]);
    expect(await isAlive(pid)).toBe(true);
    await command.terminate();
    expect(await isAlive(pid)).toBe(false);
  },
);

test.runIf(process.platform === "linux")("in a sandbox, what it leaves in the background ends with it", async () => {
  const work = await folder();
  const { output } = await run("setsid sleep 60 & sleep 60 & echo x", {
    cwd: work,
    sandbox: restricted([{ path: work, readOnly: [] }]),
  });
  expect(output).toBe("x\n");
  expect(alive(work)).toEqual([]);
});

test.runIf(process.platform === "linux")("many forks end with it", async () => {
  const work = await folder();
  const { command, until } = await start(
    node(`
      const { spawn } = require("child_process");
      let n = 0;
      const next = () => { if (n++ < 20) { spawn("sleep", ["60"], { detached: n % 2 === 0, stdio: "ignore" }); setImmediate(next); } else console.log("ready"); };
      next();
    `),
    { cwd: work, sandbox: restricted([]) },
  );
  await until("ready");
  await command.terminate();
  expect(await isAlive(command.pid)).toBe(false);
  expect(alive(work)).toEqual([]);
});

/** The processes that run in a folder. */
function alive(work: string): string[] {
  const { readdirSync, readlinkSync } = process.getBuiltinModule("node:fs");
  return readdirSync("/proc").filter((name) => {
    try {
      return (
        /^\d+$/.test(name) &&
        readlinkSync(join("/proc", name, "cwd")) === work &&
        !/\) Z/.test(readFileSync(join("/proc", name, "stat"), "latin1"))
      );
    } catch {
      return false;
    }
  });
}
