import { messageOf } from "@switchboard/protocol";

import type { McpLibrary } from "./connection.js";
import { McpError, McpRefusal } from "./mcp-error.js";

/** What the library throws for a request, in our words. `mcp_closed` when the session is of no use any more. */
export function requestError(library: McpLibrary, error: unknown): McpError {
  const { ProtocolError, SdkError, SdkErrorCode } = library;
  if (error instanceof McpError) return error;
  if (error instanceof ProtocolError) return new McpRefusal(error.code, plainMessage(error), error.data);
  if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult)
    return new McpError("mcp_unexpected_answer", "Unexpected response type", error);
  return new McpError("mcp_closed", isClosed(library, error) ? "Transport closed" : messageOf(error), error);
}

/** What the library throws when a session cannot be opened, in the reference's words. */
export function handshakeError(library: McpLibrary, error: unknown): McpError {
  const what = "handshaking with MCP server failed";
  if (error instanceof library.ProtocolError) {
    const reason = `JSON-RPC error: ${error.code}: ${plainMessage(error)}`;
    return new McpError("mcp_startup_failed", `${what}: ${reason}: ${reason}`, error);
  }
  if (error instanceof Error && "code" in error && error.code === "ENOENT")
    return new McpError("mcp_startup_failed", "No such file or directory (os error 2)", error);
  if (isClosed(library, error)) {
    const reason = "connection closed: initialize response";
    return new McpError("mcp_startup_failed", `${what}: ${reason}: ${reason}`, error);
  }
  return new McpError("mcp_startup_failed", `${what}: ${messageOf(error)}`, error);
}

function isClosed({ SdkError, SdkErrorCode }: McpLibrary, error: unknown): boolean {
  if (error instanceof McpError) return error.code === "mcp_closed";
  return error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed;
}

/** The library puts the code before some messages. */
function plainMessage({ message, code }: { readonly message: string; readonly code: number }): string {
  return message.replace(`MCP error ${code}: `, "");
}
