import { closeSync, openSync } from "node:fs";

import { takePipes } from "../processes/pipes.js";
import { bubblewrapArguments } from "./bubblewrap.js";
import { filterPath } from "./filter-file.js";
import { findBubblewrap } from "./find-bubblewrap.js";
import { layOut, realRoots } from "./layout.js";
import { HeldPlaceholders, placeholderRegistry } from "./placeholders.js";
import { architectureHere, probeSandbox } from "./probe.js";
import type { RestrictedSandbox } from "./sandbox.js";
import { sandboxExec, seatbeltArguments } from "./seatbelt.js";
import { commandExit, SandboxStatus } from "./status.js";
import { unavailable } from "./unavailable.js";

/** A command line. */
export type Argv = readonly [program: string, ...rest: string[]];

/** What to run in which sandbox. */
export interface Confinement {
  readonly argv: Argv;
  readonly cwd: string;
  /** Where to look for the sandbox's program. */
  readonly path: string;
  /** Whether the command gets a terminal of its own, by a way on which no file descriptors can be given to it. */
  readonly tty: boolean;
  readonly sandbox: RestrictedSandbox;
}

/** What to start instead of a command, so that it runs in its sandbox. */
export interface Confined {
  readonly argv: Argv;
  /** The child's file descriptors from 3 on. */
  readonly moreFds: readonly number[];
  /** Call it when the child was started, or could not be. */
  started(): void;
  /** The exit code that the command itself had, if it was not handed on. Known when the child is gone. */
  exitCode(): Promise<number | undefined>;
  /** The first process in the sandbox, which leads a group and session of its own when it has no terminal. */
  firstPid(): number | undefined;
  /** Call it when the child is gone. Settles when all is gone that ran in the sandbox, and cleans up after it. */
  over(): Promise<void>;
}

/**
 * Opens its arguments 1 and 2 as the file descriptors 8, 9 and 7 and becomes the rest: the way for terminals, which
 * are started with the standard streams only.
 */
const withFiles = 'filter=$1 status=$2; shift 2; exec "$@" 8<"$filter" 9>"$status" 7>"$status"';

/**
 * Runs the command in a process group of its own in the foreground of the terminal. Without it a typed ^C would also
 * end bubblewrap, and with it everything in the sandbox, whether it handles the signal or not. What the shell itself
 * has to say of the command is dropped. Its exit code goes through the pipe of the status, because some shells fail
 * in the end: they cannot give the terminal back to a group that does not exist in here.
 */
const inForeground = `exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&- 7>&-); code=$?; echo '{ "${commandExit}":' $code '}' >&7; exit $code`;
const foreground = ["/bin/sh", "-m", "-c", inForeground, "sh"];

/**
 * Prepares a sandbox for one command.
 *
 * @throws `sandbox_unavailable` when it cannot be set up here. Nothing has to be cleaned up then.
 */
export async function confine(confinement: Confinement): Promise<Confined> {
  const { argv, path, sandbox } = confinement;
  const probe = await probeSandbox(path);
  if (!probe.ok) throw unavailable(probe.reason);
  if (process.platform === "linux") return confineOnLinux(confinement);
  return {
    argv: [sandboxExec, ...seatbeltArguments(sandbox), ...argv],
    moreFds: [],
    started() {},
    exitCode: () => Promise.resolve(undefined),
    firstPid: () => undefined,
    over: () => Promise.resolve(),
  };
}

async function confineOnLinux({ argv, cwd, path, tty, sandbox }: Confinement): Promise<Confined> {
  const architecture = architectureHere();
  const bubblewrap = findBubblewrap(path, realRoots(sandbox));
  if (bubblewrap === undefined) throw unavailable("bwrap lies in a folder that the command could write to");
  const [pipe] = (await takePipes(1)) ?? [];
  if (pipe === undefined) throw unavailable("no pipe can be made; is the program mkfifo installed?");
  const status = new SandboxStatus(pipe);
  const placeholders = new HeldPlaceholders();
  const filters: number[] = [];
  try {
    const mounts = layOut(sandbox, [placeholderRegistry()], placeholders);
    const fds = tty ? { filterFd: 8, statusFd: 9 } : { filterFd: 3, statusFd: 4 };
    const call = bubblewrapArguments({ mounts, network: sandbox.network, cwd, keepTerminal: tty, ...fds });
    const filter = filterPath(architecture, sandbox.network);
    const statusPath = `/proc/${process.pid}/fd/${pipe.writeEnd}`;
    if (!tty) filters.push(openSync(filter, "r"));
    return {
      argv: tty
        ? ["/bin/sh", "-c", withFiles, "sh", filter, statusPath, bubblewrap, ...call, ...foreground, ...argv]
        : [bubblewrap, ...call, ...argv],
      moreFds: tty ? [] : [...filters, pipe.writeEnd],
      started() {
        for (const fd of filters.splice(0)) closeSync(fd);
        if (!tty) status.handedOver();
      },
      exitCode: () => (tty ? status.exitCode() : Promise.resolve(undefined)),
      firstPid: () => status.firstPid,
      async over() {
        for (const fd of filters.splice(0)) closeSync(fd);
        await status.gone();
        placeholders.release();
      },
    };
  } catch (error) {
    for (const fd of filters) closeSync(fd);
    placeholders.release();
    await status.gone();
    throw error;
  }
}
