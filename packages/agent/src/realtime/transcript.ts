import type { TranscriptRole } from "@switchboard/client";
import type { ThreadRealtimeItem, ThreadRealtimeSessionOutcome } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import type { Emit } from "../emit.js";

/** Most characters that are kept of what somebody says in one go; clients get all of it as it comes. */
const maxSegmentCharacters = 256 * 1024;

/** A stretch of what somebody says. */
interface Segment {
  readonly id: string;
  text: string;
}

/** Shows clients a conversation as items: its beginning, what is said, its end. */
export class TranscriptItems {
  readonly #emit: Emit;
  readonly #threadId: string;
  readonly #sessionId: string;
  readonly #open = new Map<TranscriptRole, Segment>();

  constructor(emit: Emit, threadId: string, sessionId: string) {
    this.#emit = emit;
    this.#threadId = threadId;
    this.#sessionId = sessionId;
  }

  /** The session has begun. */
  begin(): void {
    const item = { id: uuidv7(), realtimeSessionId: this.#sessionId, type: "realtimeSessionStarted" as const };
    this.#started(item);
    this.#completed(item);
  }

  /** Somebody goes on speaking. */
  delta(role: TranscriptRole, text: string): void {
    this.#continue(role, text);
    this.#emit("thread/realtime/transcript/delta", { threadId: this.#threadId, role, delta: text });
  }

  /** Somebody has spoken; `text` is the whole of it, in case the pieces were not. */
  done(role: TranscriptRole, text: string): void {
    const segment = this.#open.get(role) ?? this.#continue(role, text);
    this.#complete(role, segment);
    this.#emit("thread/realtime/transcript/done", { threadId: this.#threadId, role, text });
  }

  /** The session has ended, and with it what was being said. */
  end(outcome: ThreadRealtimeSessionOutcome): void {
    for (const [role, segment] of this.#open) this.#complete(role, segment);
    const item = { id: uuidv7(), realtimeSessionId: this.#sessionId, type: "realtimeSessionClosed" as const, outcome };
    this.#started(item);
    this.#completed(item);
  }

  #continue(role: TranscriptRole, delta: string): Segment {
    let segment = this.#open.get(role);
    if (segment === undefined) {
      segment = { id: uuidv7(), text: "" };
      this.#open.set(role, segment);
      this.#started(this.#itemOf(role, segment));
    }
    if (segment.text.length < maxSegmentCharacters) segment.text += delta;
    this.#emit("thread/realtime/item/transcript/delta", { threadId: this.#threadId, itemId: segment.id, delta });
    return segment;
  }

  #complete(role: TranscriptRole, segment: Segment): void {
    this.#open.delete(role);
    this.#completed(this.#itemOf(role, segment));
  }

  #itemOf(role: TranscriptRole, { id, text }: Segment): ThreadRealtimeItem {
    return { id, realtimeSessionId: this.#sessionId, type: "transcriptSegment", role, text };
  }

  #started(item: ThreadRealtimeItem): void {
    this.#emit("thread/realtime/item/started", { threadId: this.#threadId, item });
  }

  #completed(item: ThreadRealtimeItem): void {
    this.#emit("thread/realtime/item/completed", { threadId: this.#threadId, item });
  }
}
