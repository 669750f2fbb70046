import { randomUUID } from "node:crypto";

import { CommandSession } from "../../commands/command-session.js";
import { shellArgv } from "../../commands/shell-argv.js";
import { truncate } from "../../commands/model-output.js";
import { maxOutputTokens } from "../../tools/limits.js";
import { commandActions } from "../../shell/command-actions.js";
import { commandLine } from "../../shell/command-line.js";
import { turnError } from "../../turn/turn-error.js";
import type { TurnScope, TurnTask } from "../../turn/turn-scope.js";
import { messageOf } from "@switchboard/protocol";

/** How long a command of the user may run when the client does not say: an hour, as in the reference. */
const defaultTimeoutMs = 3_600_000;

/** `thread/shellCommand` on an idle thread: a turn that runs one command of the user's, outside the sandbox. */
export function shellCommandTurn(command: string, timeoutMs: number | undefined): TurnTask {
  return async (scope) => {
    try {
      await runUserCommand(scope, command, timeoutMs);
      return scope.control.signal.aborted ? { status: "interrupted" } : { status: "completed" };
    } catch (error) {
      return { status: "failed", error: turnError(error), cause: error };
    }
  };
}

/**
 * Runs a command that the user typed: it asks nobody and is not sandboxed, since the user could run it
 * anyway. The model is told of it with what it printed.
 */
export async function runUserCommand(scope: TurnScope, command: string, timeoutMs = defaultTimeoutMs): Promise<void> {
  const { thread, control, items, settings } = scope;
  const { shell, environment } = thread.spec.commands;
  const { cwd } = settings();
  const argv = shellArgv(shell, command, true);
  const spec = {
    id: 0,
    turnId: scope.id,
    item: { itemId: randomUUID(), command: commandLine(argv), cwd, actions: commandActions(command, cwd) },
    script: command,
    argv,
    env: environment,
    tty: false,
    sandbox: { kind: "none" },
    items,
    startedAtMs: undefined,
    source: "userShell",
    signal: control.signal,
    clock: thread.host.clock,
  } as const;
  try {
    const session = await CommandSession.start(spec);
    session.release();
    try {
      await session.collect(timeoutMs, control.signal);
    } catch (error) {
      if (!control.signal.aborted) throw error;
    } finally {
      // Over its time, or no longer wanted.
      await session.terminate();
    }
    tell(scope, command, `Exit code: ${session.exitCode ?? -1}`, session.elapsedMs, session.output);
  } catch (error) {
    tell(scope, command, "It could not be started.", 0, messageOf(error));
  }
}

function tell({ thread }: TurnScope, command: string, end: string, elapsedMs: number, output: string): void {
  thread.notes.push(
    `<user_shell_command>
<command>
${command}
</command>
<result>
${end}
Duration: ${(elapsedMs / 1_000).toFixed(4)} seconds
Output:
${truncate(output, Buffer.byteLength(output), maxOutputTokens)}
</result>
</user_shell_command>`,
  );
}
