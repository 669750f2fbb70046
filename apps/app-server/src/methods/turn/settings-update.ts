import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requireThread } from "../thread/thread-id.js";

/** `turn/settings/update`: changes how the running turn asks the model, from its next request on. */
export const updateTurnSettings: Handler<"turn/settings/update"> = (params, { server }) => {
  const { threadId, turnId, environments, ...wanted } = params;
  const thread = requireThread(server, threadId);
  if (turnId !== thread.activeTurnId) return { status: "targetUnavailable" };
  if (environments !== undefined && environments !== null) {
    throw invalidRequest("the environments of a running turn cannot be changed");
  }
  const { approvalsReviewer, model, effort, summary, serviceTier } = wanted;
  thread.changeTurnSettings({
    ...(approvalsReviewer === undefined || approvalsReviewer === null ? {} : { approvalsReviewer }),
    ...(model === undefined || model === null ? {} : { model }),
    ...(effort === undefined || effort === null ? {} : { effort }),
    ...(summary === undefined || summary === null ? {} : { summary }),
    ...(serviceTier === undefined || serviceTier === null ? {} : { serviceTier }),
  });
  return { status: "applied" };
};
