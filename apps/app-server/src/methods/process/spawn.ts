import { invalidRequest, type ProcessSpawnParams } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import type { ClientCommandSpec } from "../../server/client-commands/client-command.js";
import { defaultOutputBytesCap, defaultTimeoutMs, requireTimeout, terminalOf } from "../command/limits.js";
import { spawnSurroundings } from "../command/surroundings.js";
import { refuseWhileDraining } from "../draining.js";

/**
 * `process/spawn`: starts a command outside the sandbox and answers when it runs. `process/exited` tells its end. It
 * ends with the connection.
 */
export const spawnProcess: Handler<"process/spawn"> = async (params, { request, connection, server }) => {
  refuseWhileDraining(server);
  const { processHandle } = params;
  const answered = new Promise<void>((resolve) => request.afterReply(resolve));
  const command = connection.commands.start(
    {
      ...askedFor(params),
      prepare: () => spawnSurroundings(params, server),
      tell: async (delta) => {
        await answered;
        connection.notify("process/outputDelta", { processHandle, ...delta });
        await connection.whenWritable();
      },
    },
    processHandle,
  );
  await command.started;
  void Promise.all([command.ended, answered]).then(([{ exitCode, output, isDrainTimedOut }]) =>
    connection.notify("process/exited", {
      processHandle,
      exitCode,
      outputDrainTimedOut: isDrainTimedOut,
      stdout: output.text("stdout"),
      stdoutCapReached: output.capReached("stdout"),
      stderr: output.text("stderr"),
      stderrCapReached: output.capReached("stderr"),
    }),
  );
  return {};
};

/** Checks what was asked for. What is null has no limit; what is missing has the usual one. */
function askedFor(params: ProcessSpawnParams): Omit<ClientCommandSpec, "prepare" | "tell"> {
  const family = "process/spawn";
  const [program, ...rest] = params.command;
  if (program === undefined) throw invalidRequest("command must not be empty");
  if (params.processHandle === "") throw invalidRequest("processHandle must not be empty");
  const { timeoutMs = defaultTimeoutMs, outputBytesCap = defaultOutputBytesCap } = params;
  return {
    family,
    argv: [program, ...rest],
    tty: terminalOf(family, params),
    streamStdin: params.streamStdin ?? false,
    streamOutput: params.streamStdoutStderr ?? false,
    timeoutMs: timeoutMs === null ? undefined : requireTimeout(family, timeoutMs),
    outputBytesCap: outputBytesCap ?? undefined,
  };
}
