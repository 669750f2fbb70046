import { invalidRequest, RpcError, rpcCodes, type CommandExecParams } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import type { ClientCommandSpec } from "../../server/client-commands/client-command.js";
import { maxHeldBytes } from "../../server/client-commands/command-output.js";
import { refuseWhileDraining } from "../draining.js";
import { permissionProfiles } from "../thread/thread-settings.js";
import { defaultOutputBytesCap, defaultTimeoutMs, invalidParams, requireTimeout, terminalOf } from "./limits.js";
import { execSurroundings } from "./surroundings.js";

/**
 * `command/exec`: runs a command in the sandbox and answers at its end. The client can reach it meanwhile under the
 * `processId` it gave; it ends with the connection.
 */
export const execCommand: Handler<"command/exec"> = async (params, { connection, server }) => {
  refuseWhileDraining(server);
  const processId = params.processId ?? undefined;
  const command = connection.commands.start(
    {
      ...askedFor(params),
      prepare: () => execSurroundings(params, server),
      tell: (delta) => {
        // What streams has an id.
        if (processId !== undefined) connection.notify("command/exec/outputDelta", { processId, ...delta });
        return connection.whenWritable();
      },
    },
    processId,
  );
  const { exitCode, output } = await command.ended;
  if (output.isCutShort) {
    throw new RpcError(
      rpcCodes.internal,
      `the command exited with code ${exitCode} and had more output than fits into one answer (${maxHeldBytes} bytes); set outputBytesCap, or streamStdoutStderr with a processId`,
    );
  }
  return { exitCode, stdout: output.text("stdout"), stderr: output.text("stderr") };
};

/** Checks what was asked for, in the reference's order. */
function askedFor(params: CommandExecParams): Omit<ClientCommandSpec, "prepare" | "tell"> {
  const family = "command/exec";
  const [program, ...rest] = params.command;
  if (program === undefined) throw invalidRequest("command must not be empty");
  if (isSet(params.permissionProfile) && isSet(params.sandboxPolicy)) {
    throw invalidRequest("`permissionProfile` cannot be combined with `sandboxPolicy`");
  }
  if (isSet(params.outputBytesCap) && params.disableOutputCap === true) {
    throw invalidParams("command/exec cannot set both outputBytesCap and disableOutputCap");
  }
  if (isSet(params.timeoutMs) && params.disableTimeout === true) {
    throw invalidParams("command/exec cannot set both timeoutMs and disableTimeout");
  }
  const timeoutMs = requireTimeout(family, params.timeoutMs ?? defaultTimeoutMs);
  requireProfile(params.permissionProfile ?? undefined);
  const tty = terminalOf(family, params);
  const streamStdin = params.streamStdin ?? false;
  const streamOutput = params.streamStdoutStderr ?? false;
  if ((tty !== false || streamStdin || streamOutput) && !isSet(params.processId)) {
    throw invalidRequest("command/exec tty or streaming requires a client-supplied processId");
  }
  return {
    family,
    argv: [program, ...rest],
    tty,
    streamStdin,
    streamOutput,
    timeoutMs: params.disableTimeout === true ? undefined : timeoutMs,
    outputBytesCap: params.disableOutputCap === true ? undefined : (params.outputBytesCap ?? defaultOutputBytesCap),
  };
}

/** There are only the built-in profiles. @throws RpcError for another one. */
function requireProfile(id: string | undefined): void {
  if (id === undefined || Object.hasOwn(permissionProfiles, id)) return;
  const reason = id.startsWith(":")
    ? `refers to unknown built-in profile \`${id}\``
    : "requires a `[permissions]` table";
  throw invalidRequest(`invalid permission profile: default_permissions ${reason}`);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
