import { messageOf, SwitchboardError } from "@switchboard/protocol";

import { isSystemError, systemReason } from "../errors.js";
import { findProgram } from "../processes/find-program.js";
import { spawnPiped } from "../processes/spawn-piped.js";
import { spawnTerminal } from "../processes/spawn-terminal.js";
import type { SpawnedChild } from "../processes/spawned-child.js";
import { confine, type Confined } from "../sandbox/confine.js";
import type { Command, CommandEvents, CommandSpec } from "./command.js";
import { RunningCommand } from "./running-command.js";

/**
 * Starts a command. Whoever starts it ends it: see {@link Command.terminate}.
 *
 * Its outcomes: a signal is the exit code 128 plus its number; endless output waits for the promise that
 * {@link CommandEvents.output} returned; one that waits for input on a terminal waits until it is written to or
 * terminated. If bubblewrap fails after all (a folder went away in this moment), it says so in the output, the exit
 * code is 1, and the command did not run.
 *
 * @throws {@link SwitchboardError} `command_not_found`, `command_not_executable`, `command_not_started` with the
 *   system's reason as its message; `sandbox_unavailable` when it cannot be protected as asked for.
 */
export async function startCommand(spec: CommandSpec, events: CommandEvents): Promise<Command> {
  const { argv, cwd, env, tty, sandbox } = spec;
  if ([...argv, cwd, ...Object.entries(env).flat()].some((text) => text.includes("\0"))) {
    throw new SwitchboardError({ code: "command_not_started", message: "nul byte found in provided data" });
  }
  if (sandbox.kind === "none") {
    const child = await spawning(() => spawn(spec, { argv, cwd, moreFds: [] }));
    return new RunningCommand(child, undefined, tty !== false, events);
  }
  const path = env["PATH"] ?? "";
  await spawning(() => findProgram(argv[0], cwd, env["PATH"]));
  const confined = await confine({ argv, cwd, path, tty: tty !== false, sandbox });
  const child = await startConfined(spec, confined);
  return new RunningCommand(child, confined, tty !== false, events);
}

async function startConfined(spec: CommandSpec, confined: Confined): Promise<SpawnedChild> {
  try {
    const child = await spawning(() => spawn(spec, { ...confined, cwd: "/" }));
    confined.started();
    return child;
  } catch (error) {
    confined.started();
    await confined.over();
    throw error;
  }
}

interface What {
  readonly argv: CommandSpec["argv"];
  readonly cwd: string;
  readonly moreFds: readonly number[];
}

function spawn({ env, stdin, tty }: CommandSpec, { argv, cwd, moreFds }: What): Promise<SpawnedChild> {
  const request = { argv, arg0: undefined, cwd, env };
  if (tty === false) return spawnPiped({ ...request, pipeStdin: stdin === "pipe", moreFds });
  return spawnTerminal(request, tty);
}

const codes: Readonly<Record<string, string>> = { ENOENT: "command_not_found", EACCES: "command_not_executable" };

async function spawning<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof SwitchboardError) throw error;
    const code = isSystemError(error) ? codes[error.code] : undefined;
    throw new SwitchboardError({
      code: code ?? "command_not_started",
      message: isSystemError(error) ? systemReason(error) : messageOf(error),
      cause: error,
    });
  }
}
