import { currentIdentity } from "@switchboard/login";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireIdleThread } from "./thread-id.js";

/** `thread/compact/start`: puts a summary in the place of the conversation, as a turn of this connection. */
export const startCompaction: Handler<"thread/compact/start"> = ({ threadId }, { request, server }) => {
  const owner = currentIdentity();
  const thread = requireIdleThread(server, threadId);
  refuseWhileDraining(server);
  request.afterReply(thread.startCompaction({ owner, clientMetadata: {} }).run);
  return {};
};
