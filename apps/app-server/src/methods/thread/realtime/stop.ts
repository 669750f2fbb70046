import type { Handler } from "../../../server/context.js";
import { realtimeOf } from "./realtime-of.js";

/** `thread/realtime/stop`: ends the conversation, whoever began it. A turn that it started goes on. */
export const stopRealtime: Handler<"thread/realtime/stop"> = ({ threadId }, context) => {
  const realtime = realtimeOf(threadId, context);
  context.request.afterReply(() => realtime.stop());
  return {};
};
