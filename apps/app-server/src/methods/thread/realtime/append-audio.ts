import type { Handler } from "../../../server/context.js";
import { realtimeOf } from "./realtime-of.js";

/**
 * `thread/realtime/appendAudio`: passes a piece of the user's audio on as it is, which is dropped when the peer is
 * too slow. What it says of its format is not sent, as in the reference: sessions take 24 kHz, mono.
 */
export const appendRealtimeAudio: Handler<"thread/realtime/appendAudio"> = ({ threadId, audio }, context) => {
  const realtime = realtimeOf(threadId, context);
  context.request.afterReply(() => realtime.appendAudio(audio.data));
  return {};
};
