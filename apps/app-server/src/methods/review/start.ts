import { currentIdentity } from "@switchboard/login";
import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";

/** `review/start`: the model reviews changes, as a turn of the thread that belongs to this connection. */
export const startReview: Handler<"review/start"> = async ({ threadId, target }, { request, connection, server }) => {
  const owner = currentIdentity();
  const thread = requireThread(server, threadId);
  refuseWhileDraining(server);
  if (target.type === "baseBranch" && target.branch.trim() === "") throw invalidRequest("branch must not be empty");
  if (target.type === "commit" && target.sha.trim() === "") throw invalidRequest("sha must not be empty");
  if (target.type === "custom" && target.instructions.trim() === "") {
    throw invalidRequest("instructions must not be empty");
  }
  const { turn, run } = await thread.startReview(target, {
    owner,
    clientMetadata: {},
    trace: server.records.telemetry?.traceOf(request),
  });
  connection.counts.turns += 1;
  request.afterReply(run);
  return { turn, reviewThreadId: thread.id };
};
