import { currentIdentity } from "@switchboard/login";
import { messageOf, RpcError, rpcCodes } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";

/**
 * `config/mcpServer/reload`: all loaded threads take the MCP servers as the configuration has them now.
 * Those that did not change and run go on.
 */
export const reloadMcpServers: Handler<"config/mcpServer/reload"> = async (_params, { server }) => {
  const owner = currentIdentity();
  refuseWhileDraining(server);
  try {
    await Promise.all(server.threads.all().map((thread) => thread.mcp.reload(owner)));
  } catch (error) {
    throw new RpcError(rpcCodes.internal, `failed to reload MCP servers: ${messageOf(error)}`);
  }
  return {};
};
