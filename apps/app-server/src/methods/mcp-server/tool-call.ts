import { currentIdentity } from "@switchboard/login";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";
import { mcpFailure } from "./failure.js";

/** `mcpServer/tool/call`: a client calls a tool of a thread's server itself. Nobody is asked for approval: the client is the user. */
export const callMcpTool: Handler<"mcpServer/tool/call"> = async (params, { request, server }) => {
  const owner = currentIdentity();
  refuseWhileDraining(server);
  const thread = requireThread(server, params.threadId);
  const { server: name, tool, arguments: args, _meta: meta } = params;
  try {
    return await thread.mcp.call({
      server: name,
      tool,
      arguments: args,
      meta: { ...(typeof meta === "object" ? meta : {}), threadId: thread.id },
      owner,
      turnId: undefined,
      signal: request.signal,
      onProgress: () => undefined,
    });
  } catch (error) {
    throw mcpFailure(error);
  }
};
