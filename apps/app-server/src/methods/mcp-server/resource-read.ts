import { readResource } from "@switchboard/agent";
import { currentIdentity } from "@switchboard/login";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";
import { withConfiguredServers } from "./configured-servers.js";
import { mcpFailure } from "./failure.js";

/** `mcpServer/resource/read`: what a resource holds, of a thread's server or of a configured one. */
export const readMcpResource: Handler<"mcpServer/resource/read"> = async (params, { request, server }) => {
  const owner = currentIdentity();
  refuseWhileDraining(server);
  const { threadId, server: name, uri } = params;
  const thread = threadId === undefined || threadId === null ? undefined : requireThread(server, threadId);
  try {
    const wanted = { server: name, uri, owner, signal: request.signal };
    const contents =
      thread === undefined
        ? await withConfiguredServers(server, owner, (servers) => readResource(servers, wanted))
        : await thread.mcp.readResource(wanted);
    return { contents, originCallId: null };
  } catch (error) {
    throw mcpFailure(error);
  }
};
