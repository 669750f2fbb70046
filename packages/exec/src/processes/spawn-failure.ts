import { getSystemErrorMap } from "node:util";

import { messageOf, RpcError, rpcCodes } from "@switchboard/protocol";

import { isSystemError, systemReason } from "../errors.js";

/**
 * Why a process could not be started, as a client is told: the system's reason, for example
 * `No such file or directory (os error 2)`. It never quotes arguments or the environment.
 */
export function spawnFailure(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (isSystemError(error)) return internal(systemReason(error));
  // Node's texts for arguments that it refuses quote them.
  return internal(error instanceof TypeError ? "an argument of the process cannot be passed on" : messageOf(error));
}

/** An error of the system, for what is found out before the system is asked. */
export function systemError(code: "ENOENT" | "EACCES" | "ENOTDIR"): Error {
  for (const [errno, [known]] of getSystemErrorMap()) {
    if (known === code) return Object.assign(new Error(code), { errno, code });
  }
  return new Error(code);
}

/** -32603 with the given text. */
export function internal(message: string): RpcError {
  return new RpcError(rpcCodes.internal, message);
}
