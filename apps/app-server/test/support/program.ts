import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

import { temporaryFolder } from "./temporary-home.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built program `switchboard`, running. */
export interface Program {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves with the match once stdout or stderr has the pattern. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly send: (message: unknown) => void;
}

/** Starts it, in an empty environment, in a folder of its own. */
export async function start(
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Program> {
  const home = await temporaryFolder();
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: cwd ?? home,
    env: { HOME: home, ...env },
    stdio: "pipe",
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (part: Buffer) => {
    stdout += part.toString();
    wake();
  });
  child.stderr.on("data", (part: Buffer) => {
    stderr += part.toString();
    wake();
  });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<Ended>((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without saying ${pattern}: ${stdout}${stderr}`)));
      }),
    send: (message) => child.stdin.write(`${JSON.stringify(message)}\n`),
  };
}

/** Runs it to its end, with nothing on stdin. */
export async function runToEnd(
  args: readonly string[],
  options?: Parameters<typeof start>[1],
): Promise<Ended & { readonly stdout: string; readonly stderr: string }> {
  const program = await start(args, options);
  program.child.stdin?.end();
  return { ...(await program.ended), stdout: program.stdout(), stderr: program.stderr() };
}
