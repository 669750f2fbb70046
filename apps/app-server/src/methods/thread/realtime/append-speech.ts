import type { Handler } from "../../../server/context.js";
import { realtimeOf } from "./realtime-of.js";

/** `thread/realtime/appendSpeech`: has the realtime model speak of something. */
export const appendRealtimeSpeech: Handler<"thread/realtime/appendSpeech"> = ({ threadId, text }, context) => {
  const realtime = realtimeOf(threadId, context);
  context.request.afterReply(() => realtime.appendSpeech(text));
  return {};
};
