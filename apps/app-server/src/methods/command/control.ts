import { decodeBase64 } from "@switchboard/exec/commands";

import type { Connection } from "../../server/connection.js";
import type { Handler } from "../../server/context.js";
import { wordings, type CommandFamily } from "../../server/client-commands/wording.js";
import { invalidParams, terminalSize } from "./limits.js";

/** What is to be written to a command. */
interface Input {
  readonly deltaBase64?: string | null;
  readonly closeStdin?: boolean;
}

/**
 * Writes to a command of the connection; for both families. It is answered when the bytes are on their way, or, when a
 * mebibyte waits, when the command has caught up.
 *
 * @throws RpcError when there is nothing to do, the bytes are no base64, or the command takes none.
 */
export async function writeToCommand(
  connection: Connection,
  family: CommandFamily,
  id: string,
  { deltaBase64, closeStdin = false }: Input,
): Promise<Record<string, never>> {
  if ((deltaBase64 === undefined || deltaBase64 === null) && !closeStdin) {
    throw invalidParams(`${wordings[family].write} requires deltaBase64 or closeStdin`);
  }
  const decoded = decodeBase64(deltaBase64 ?? "");
  if ("problem" in decoded) throw invalidParams(`invalid deltaBase64: ${decoded.problem}`);
  const command = await connection.commands.get(family, id);
  await command.write(decoded.bytes, closeStdin);
  return {};
}

/** `command/exec/write`: gives bytes to a running command, or ends its input. */
export const writeToExec: Handler<"command/exec/write"> = ({ processId, ...input }, { connection }) =>
  writeToCommand(connection, "command/exec", processId, input);

/** `command/exec/resize`: changes the size of its terminal. */
export const resizeExec: Handler<"command/exec/resize"> = async ({ processId, size }, { connection }) => {
  const wanted = terminalSize("command/exec", size);
  await (await connection.commands.get("command/exec", processId)).resize(wanted);
  return {};
};

/** `command/exec/terminate`: ends it with everything it started; the answer to its `command/exec` tells when it is gone. */
export const terminateExec: Handler<"command/exec/terminate"> = async ({ processId }, { connection }) => {
  (await connection.commands.get("command/exec", processId)).terminate();
  return {};
};
