import { part, type Part } from "../reply.js";
import { serverSentEvent } from "../server-sent-event.js";

/** An event type no client knows, so that only its size matters. */
const PADDING_TYPE = "response.simulator_padding";

/**
 * One event that is exactly `bytes` long on the wire, of a type no client knows. For a long answer
 * instead of a long frame use `text("x".repeat(n))`.
 */
export function bigEvent(bytes: number): Part {
  return part((draft) => {
    const frame = (padding: string): string => serverSentEvent({ type: PADDING_TYPE, padding });
    const room = Math.max(0, bytes - frame("").length);
    draft.bytes(Buffer.from(frame("x".repeat(room))));
  });
}
