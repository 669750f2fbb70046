import { McpCallFailure, McpError } from "@switchboard/agent";
import { RpcError, rpcCodes } from "@switchboard/protocol";

/** A failure as clients are told it: the server's own error as it is, anything else as an internal error. */
export function mcpFailure(error: unknown): unknown {
  const refusal = error instanceof McpCallFailure ? error.refusal : undefined;
  if (refusal !== undefined) return new RpcError(refusal.rpcCode, refusal.rpcMessage, refusal.data);
  return error instanceof McpError ? new RpcError(rpcCodes.internal, error.message) : error;
}
