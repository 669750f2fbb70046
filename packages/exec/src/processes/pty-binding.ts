import { createRequire } from "node:module";

import { SwitchboardError } from "@switchboard/protocol";

/** The addon's function that starts a program on a new terminal. */
type ForkTerminal = (
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

/** What we use of the addon. */
export interface TerminalAddon {
  readonly fork: ForkTerminal;
  /** Changes the size of the terminal with this file descriptor, which must be open. */
  readonly resize: (fd: number, columns: number, rows: number) => void;
}

let loading: Promise<TerminalAddon> | undefined;

/**
 * Loads the terminal addon, with the first terminal that is asked for.
 *
 * We use the addon of `@lydell/node-pty` without its `UnixTerminal`: that one sets TERM and PWD in every child, and
 * closes the terminal 200 ms after the child's exit, which loses the output of a reader that was slow and hangs up
 * on what the child left in the background.
 *
 * @throws an error that says what is missing when there is no addon for this machine.
 */
export function loadTerminalAddon(): Promise<TerminalAddon> {
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

async function load(): Promise<TerminalAddon> {
  const { requireBinary } = await import("@lydell/node-pty/requireBinary.js");
  const addon = requireBinary("pty.node");
  return { fork: functionOf(addon, "fork"), resize: functionOf(addon, "resize") };
}

function functionOf(addon: unknown, name: string): (...args: readonly unknown[]) => unknown {
  const found: unknown = typeof addon === "object" && addon !== null ? Reflect.get(addon, name) : undefined;
  if (typeof found !== "function") {
    throw new SwitchboardError({
      code: "terminal_unavailable",
      message: `the terminal addon has no function \`${name}\``,
    });
  }
  return (...args) => {
    const result: unknown = Reflect.apply(found, addon, args);
    return result;
  };
}
