import type { Handler } from "../../server/context.js";
import { writeToCommand } from "../command/control.js";
import { terminalSize } from "../command/limits.js";

/** `process/writeStdin`: gives bytes to a running process, or ends its input. */
export const writeToProcess: Handler<"process/writeStdin"> = ({ processHandle, ...input }, { connection }) =>
  writeToCommand(connection, "process/spawn", processHandle, input);

/** `process/resizePty`: changes the size of its terminal. */
export const resizeProcess: Handler<"process/resizePty"> = async ({ processHandle, size }, { connection }) => {
  const wanted = terminalSize("process/spawn", size);
  await (await connection.commands.get("process/spawn", processHandle)).resize(wanted);
  return {};
};

/** `process/kill`: ends it with everything it started; `process/exited` tells when it is gone. */
export const killProcess: Handler<"process/kill"> = async ({ processHandle }, { connection }) => {
  (await connection.commands.get("process/spawn", processHandle)).terminate();
  return {};
};
