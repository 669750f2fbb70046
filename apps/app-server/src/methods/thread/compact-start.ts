import { currentIdentity } from "@switchboard/login";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "./thread-id.js";

/** `thread/compact/start`: puts a summary in the place of the conversation, as a turn of this connection. */
export const startCompaction: Handler<"thread/compact/start"> = async (
  { threadId },
  { request, connection, server },
) => {
  const owner = currentIdentity();
  refuseWhileDraining(server);
  const thread = requireThread(server, threadId);
  const { run } = await thread.startCompaction({
    owner,
    clientMetadata: {},
    trace: server.records.telemetry?.traceOf(request),
  });
  connection.counts.turns += 1;
  request.afterReply(run);
  return {};
};
