import { part, type Part } from "../reply.js";
import { serverSentEvent, type EventFields } from "../server-sent-event.js";

/**
 * One thing to put on the wire: an event object (framed, nothing added), or text or bytes exactly as
 * they are, blank line included or missing.
 */
export type RawEvent = EventFields | string | Uint8Array;

/** Unknown events, garbage or invalid UTF-8 in the middle of an otherwise healthy stream. */
export function rawEvents(events: readonly RawEvent[]): Part {
  return part((draft) => {
    for (const event of events) draft.bytes(rawEventBytes(event));
  });
}

/** The bytes of one raw event. */
export function rawEventBytes(event: RawEvent): Uint8Array {
  if (event instanceof Uint8Array) return event;
  return Buffer.from(typeof event === "string" ? event : serverSentEvent(event));
}
