import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { startCommand, type Command, type CommandExit, type CommandSpec } from "../../src/commands/index.js";
import type { Sandbox, WritableRoot } from "../../src/sandbox/index.js";

/** The variables of a test's commands. */
export const env = { PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" };

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "commands-")));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A sandbox without network. */
export function restricted(writableRoots: readonly WritableRoot[], unreadable: readonly string[] = []): Sandbox {
  return { kind: "restricted", writableRoots, network: false, unreadable };
}

/** A command and what it said until now. */
export interface Started {
  readonly command: Command;
  readonly said: () => string;
  /** Settles when it has said something. */
  readonly until: (text: string) => Promise<void>;
}

/** Starts a script in a shell, without a sandbox if none is given. It is ended with the test. */
export async function start(script: string, changes: Partial<CommandSpec> = {}): Promise<Started> {
  let text = "";
  const listeners = new Set<() => void>();
  const command = await startCommand(
    {
      argv: ["/bin/sh", "-c", script],
      cwd: "/",
      env,
      stdin: "closed",
      tty: false,
      sandbox: { kind: "none" },
      ...changes,
    },
    {
      output(_stream, chunk) {
        text += chunk.toString();
        for (const listener of listeners) listener();
      },
    },
  );
  onTestFinished(() => command.terminate());
  return {
    command,
    said: () => text,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!text.includes(wanted)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Runs a script to its end. */
export async function run(
  script: string,
  changes: Partial<CommandSpec> = {},
): Promise<CommandExit & { readonly output: string }> {
  const { command, said } = await start(script, changes);
  const exit = await command.exited;
  await command.closed;
  return { ...exit, output: said() };
}

/** A shell's word for a text. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A shell line that runs JavaScript. */
export function node(script: string): string {
  return `${quoted(process.execPath)} -e ${quoted(script)}`;
}
