import { currentIdentity } from "@switchboard/login";
import { invalidRequest, type McpServerStatus } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { withConfiguredServers } from "../mcp-server/configured-servers.js";
import { requireThread } from "../thread/thread-id.js";

/**
 * `mcpServerStatus/list`: the servers with their tools, in pages. Those of a thread as they stand; without
 * a thread the configured ones, which are started and waited for. A cursor is the number of servers before
 * the page.
 */
export const listMcpServerStatus: Handler<"mcpServerStatus/list"> = (params, { server }) => {
  const owner = currentIdentity();
  const { threadId, cursor, limit, serverName } = params;
  const detail = params.detail ?? "full";
  const thread = threadId === undefined || threadId === null ? undefined : requireThread(server, threadId);
  const describePage = async (
    allNames: readonly string[],
    describe: (name: string) => Promise<McpServerStatus | undefined>,
  ) => {
    const names = allNames.filter((name) => serverName === undefined || serverName === null || name === serverName);
    const start = readCursor(cursor, names.length);
    const end = start + Math.max(limit ?? names.length, 1);
    const described = await Promise.all(names.slice(start, end).map(describe));
    return {
      data: described.filter((each) => each !== undefined),
      nextCursor: end < names.length ? String(end) : null,
    };
  };
  if (thread !== undefined) return describePage(thread.mcp.names(), (name) => thread.mcp.describe(name, detail));
  return withConfiguredServers(server, owner, async (servers) => {
    readCursor(cursor, servers.names().length);
    await servers.settled();
    return describePage(servers.names(), (name) => servers.describe(name, detail, false));
  });
};

function readCursor(cursor: string | null | undefined, total: number): number {
  if (cursor === undefined || cursor === null) return 0;
  const start = Number(/^\d+$/.test(cursor) ? cursor : Number.NaN);
  if (!Number.isSafeInteger(start)) throw invalidRequest(`invalid cursor: ${cursor}`);
  if (start > total) throw invalidRequest(`cursor ${start} exceeds total MCP servers ${total}`);
  return start;
}
