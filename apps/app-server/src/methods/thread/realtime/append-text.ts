import type { Handler } from "../../../server/context.js";
import { realtimeOf } from "./realtime-of.js";

/** `thread/realtime/appendText`: adds text to the conversation. Without one the thread tells an error. */
export const appendRealtimeText: Handler<"thread/realtime/appendText"> = ({ threadId, role, text }, context) => {
  const realtime = realtimeOf(threadId, context);
  context.request.afterReply(() => realtime.appendText(role ?? "user", text));
  return {};
};
