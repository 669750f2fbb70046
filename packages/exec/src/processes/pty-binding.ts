import { createRequire } from "node:module";

import { SwitchboardError } from "@switchboard/protocol";

/** The addon's function that starts a program on a new terminal. */
export type ForkTerminal = (
  file: string,
  args: readonly string[],
  /** `NAME=value` each. */
  env: readonly string[],
  cwd: string,
  columns: number,
  rows: number,
  /** -1: as the server. */
  uid: number,
  gid: number,
  isUtf8: boolean,
  /** A small program that the addon starts first, on macOS only. */
  helperPath: string,
  onExit: (code: number, signal: number) => void,
) => unknown;

let loading: Promise<ForkTerminal> | undefined;

/**
 * Loads the terminal addon, with the first terminal that is asked for.
 *
 * We use the addon of `@lydell/node-pty` without its `UnixTerminal`: that one sets TERM and PWD in every child, and
 * closes the terminal 200 ms after the child's exit, which loses the output of a reader that was slow and hangs up
 * on what the child left in the background.
 *
 * @throws an error that says what is missing when there is no addon for this machine.
 */
export function loadForkTerminal(): Promise<ForkTerminal> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The helper that the addon wants on macOS. */
export function spawnHelperPath(): string {
  if (process.platform !== "darwin") return "";
  const fromHere = createRequire(import.meta.url);
  const fromAddon = createRequire(fromHere.resolve("@lydell/node-pty"));
  return fromAddon.resolve(`@lydell/node-pty-darwin-${process.arch}/spawn-helper`);
}

async function load(): Promise<ForkTerminal> {
  const { requireBinary } = await import("@lydell/node-pty/requireBinary.js");
  const addon = requireBinary("pty.node");
  if (typeof addon !== "object" || addon === null || !("fork" in addon) || typeof addon.fork !== "function") {
    throw new SwitchboardError({ code: "terminal_unavailable", message: "the terminal addon has no function `fork`" });
  }
  const { fork } = addon;
  return (...args) => {
    const started: unknown = Reflect.apply(fork, addon, args);
    return started;
  };
}
