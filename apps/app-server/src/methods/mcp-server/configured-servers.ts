import { LeasedServers } from "@switchboard/agent";
import type { ClientIdentity } from "@switchboard/login";
import { messageOf, RpcError, rpcCodes } from "@switchboard/protocol";

import type { Server } from "../../server/server.js";

/**
 * The servers of the configuration, without a thread, for as long as `use` takes. They are the ones that
 * threads of the same folder use.
 *
 * @throws RpcError when the configuration cannot be used.
 */
export async function withConfiguredServers<T>(
  server: Server,
  owner: ClientIdentity,
  use: (servers: LeasedServers) => Promise<T>,
): Promise<T> {
  const { cwd } = server.options;
  const { settings } = await server.config.load(cwd).catch((error: unknown) => {
    throw new RpcError(rpcCodes.internal, `failed to load configuration: ${messageOf(error)}`);
  });
  const servers = new LeasedServers(server.mcpServers, settings.mcp.servers, { cwd, owner });
  try {
    return await use(servers);
  } finally {
    servers.release();
  }
}
