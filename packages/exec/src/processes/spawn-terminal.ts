import { readSync } from "node:fs";
import { constants } from "node:os";
import { ReadStream } from "node:tty";

import { SwitchboardError } from "@switchboard/protocol";

import { findProgram } from "./find-program.js";
import { loadTerminalAddon, spawnHelperPath } from "./pty-binding.js";
import type { ChildExit, SpawnedChild, SpawnRequest, TerminalSize } from "./spawned-child.js";

const defaultSize: TerminalSize = { rows: 24, columns: 80 };

/**
 * Starts a child on a terminal of its own, if nothing else is said of 24 rows by 80 columns. Its input is always open.
 *
 * @throws the system's error, for example ENOENT for a program or directory that does not exist.
 */
export async function spawnTerminal(
  { argv, cwd, env }: SpawnRequest,
  { rows, columns }: TerminalSize = defaultSize,
): Promise<SpawnedChild> {
  const [program, ...rest] = argv;
  const [addon] = await Promise.all([loadTerminalAddon(), findProgram(program, cwd, env["PATH"])]);
  let ended: (exit: ChildExit) => void = () => {};
  const exit = new Promise<ChildExit>((resolve) => (ended = resolve));
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const started = addon.fork(
    program,
    rest,
    variables,
    cwd,
    columns,
    rows,
    -1,
    -1,
    true,
    spawnHelperPath(),
    (code, signal) =>
      ended(signal > 0 ? { exitCode: 128 + signal, signal: signalName(signal) } : { exitCode: code, signal: null }),
  );
  const { fd, pid } = readStarted(started);
  const terminal = new ReadStream(fd);
  // EIO is how a terminal says that nobody has its other end any more; the stream closes with it.
  terminal.on("error", () => {});
  return {
    pid,
    outputs: [{ stream: "pty", source: terminal, rest: () => unread(fd) }],
    stdin: terminal,
    exit,
    resize: (size) => addon.resize(fd, size.columns, size.rows),
  };
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/**
 * What is left in a terminal that nobody holds any more. libuv takes a hang-up after a read that did not fill its
 * buffer for the end, but a terminal gives at most 4 KiB at a time, so more may be waiting.
 */
function unread(fd: number): Buffer {
  const chunks: Buffer[] = [];
  try {
    for (;;) {
      const chunk = Buffer.alloc(4096);
      const length = readSync(fd, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
    }
  } catch {
    // EIO: that was all.
  }
  return Buffer.concat(chunks);
}

function readStarted(started: unknown): { readonly fd: number; readonly pid: number } {
  if (typeof started === "object" && started !== null && "fd" in started && "pid" in started) {
    const { fd, pid } = started;
    if (typeof fd === "number" && typeof pid === "number") return { fd, pid };
  }
  throw new SwitchboardError({ code: "spawn_failed", message: "the terminal addon did not say what it started" });
}
