import { SwitchboardError } from "@switchboard/protocol";

/** Why something with an MCP server went wrong. */
export type McpErrorCode =
  /** The server never came up. */
  | "mcp_startup_failed"
  /** The connection ended before the answer. */
  | "mcp_closed"
  /** The answer took longer than configured. */
  | "mcp_timeout"
  /** The server answered with an error of the protocol. */
  | "mcp_refused"
  /** The server's answer is not what the protocol says, or too large. */
  | "mcp_unexpected_answer";

/** The longest text of a server that is repeated in an error. */
const maxServerText = 4_000;

/** Something with an MCP server went wrong. The message is for users and for the model. */
export class McpError extends SwitchboardError {
  declare readonly code: McpErrorCode;

  constructor(code: McpErrorCode, message: string, cause?: unknown) {
    super({ code, message, cause });
    this.name = "McpError";
  }
}

/** The server answered with an error of the protocol: its code, text and data. */
export class McpRefusal extends McpError {
  readonly rpcCode: number;
  readonly rpcMessage: string;
  readonly data: unknown;

  constructor(rpcCode: number, message: string, data: unknown) {
    const rpcMessage = message.slice(0, maxServerText);
    const shown = data === undefined ? "" : `(${JSON.stringify(data).slice(0, maxServerText)})`;
    super("mcp_refused", `Mcp error: ${rpcCode}: ${rpcMessage}${shown}`);
    this.rpcCode = rpcCode;
    this.rpcMessage = rpcMessage;
    this.data = shown.length > maxServerText ? undefined : data;
  }
}
