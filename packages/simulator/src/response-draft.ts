import { nextId } from "./ids.js";
import type { ReplyHeaders, Step } from "./reply.js";
import { serverSentEvent, type EventFields } from "./server-sent-event.js";
import { splitSteps, type SplitRule } from "./split-steps.js";

/** An output item in its finished form, as `response.completed` lists it. */
export interface OutputItem {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** How the stream ends. */
export type Ending = "completed" | "failed" | "incomplete" | "silence";

/** Where a stream is cut, and how. */
export interface CutRule {
  /** Undefined: right before the last event. */
  readonly afterEvents: number | undefined;
  readonly how: "destroy" | "end";
}

/**
 * A streamed answer while its parts are being added. `response.created` and `response.in_progress`
 * come before the first event, `response.completed` after the last part unless a part decided
 * otherwise.
 */
export class ResponseDraft {
  /** Id of the response. */
  readonly id = nextId("resp");
  /** Finished output items so far. */
  readonly output: OutputItem[] = [];
  /** Response headers; parts may add to them. */
  readonly headers: ReplyHeaders = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  };
  /** The `usage` member of the last event. */
  usage: Readonly<Record<string, unknown>> = {};
  /** What the last event says beyond its status (`error`, `incomplete_details`). */
  endingDetails: Readonly<Record<string, unknown>> = {};
  ending: Ending = "completed";
  cut: CutRule | undefined;
  split: SplitRule | undefined;

  readonly #model: string;
  readonly #createdAt = Math.floor(Date.now() / 1000);
  /** Strings are events; anything else is a step between them. */
  readonly #timeline: (string | Step)[] = [];
  #sequence = 0;
  #begun = false;

  constructor(model: string) {
    this.#model = model;
  }

  /** Adds one event; its sequence number is filled in. */
  event(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#begin();
    this.#push({ type, sequence_number: this.#sequence, ...fields });
  }

  /** Adds bytes as they are; they count as one event for {@link CutRule.afterEvents}. */
  bytes(bytes: Uint8Array): void {
    this.#begin();
    this.#timeline.push({ kind: "write", bytes: Buffer.from(bytes) });
  }

  /** Adds something that is not bytes: a pause, a hold. */
  step(step: Step): void {
    this.#timeline.push(step);
  }

  /** The output index of the item now being added. */
  get outputIndex(): number {
    return this.output.length;
  }

  /** Opens an output item. `item` is its unfinished form. */
  openItem(item: OutputItem): void {
    this.event("response.output_item.added", { output_index: this.outputIndex, item });
  }

  /** Closes the output item with its finished form. */
  closeItem(item: OutputItem): void {
    this.event("response.output_item.done", { output_index: this.outputIndex, item });
    this.output.push(item);
  }

  /** The steps of the whole answer. */
  finish(): Step[] {
    if (this.ending !== "silence") {
      this.event(`response.${this.ending}`, { response: this.#response(this.ending) });
    }
    const steps = this.#cut();
    const merged = merge(steps);
    return this.split === undefined ? merged : splitSteps(merged, this.split);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const type of ["response.created", "response.in_progress"]) {
      this.#push({
        type,
        sequence_number: this.#sequence,
        response: this.#response("in_progress"),
      });
    }
  }

  #push(fields: EventFields): void {
    this.#sequence += 1;
    this.#timeline.push(serverSentEvent(fields));
  }

  #response(status: string): Record<string, unknown> {
    const finished = status !== "in_progress";
    return {
      id: this.id,
      object: "response",
      created_at: this.#createdAt,
      status,
      error: null,
      incomplete_details: null,
      model: this.#model,
      output: finished ? this.output : [],
      usage: finished ? this.usage : null,
      ...(finished ? this.endingDetails : {}),
    };
  }

  #cut(): (string | Step)[] {
    const close: Step = this.ending === "silence" ? { kind: "silence" } : { kind: "end" };
    if (this.cut === undefined) return [...this.#timeline, close];
    const isEvent = (entry: string | Step): boolean => typeof entry === "string" || entry.kind === "write";
    const total = this.#timeline.filter(isEvent).length;
    let left = Math.min(this.cut.afterEvents ?? total - 1, total);
    const kept: (string | Step)[] = [];
    for (const entry of this.#timeline) {
      if (left === 0) break;
      if (isEvent(entry)) left -= 1;
      kept.push(entry);
    }
    kept.push({ kind: this.cut.how });
    return kept;
  }
}

/** Joins neighbouring bytes into one write. */
function merge(timeline: readonly (string | Step)[]): Step[] {
  const steps: Step[] = [];
  let pending: Buffer[] = [];
  let text = "";
  const flushText = (): void => {
    if (text !== "") pending.push(Buffer.from(text));
    text = "";
  };
  const flush = (): void => {
    flushText();
    const [first] = pending;
    if (first === undefined) return;
    steps.push({ kind: "write", bytes: pending.length === 1 ? first : Buffer.concat(pending) });
    pending = [];
  };
  for (const entry of timeline) {
    if (typeof entry === "string") {
      text += entry;
    } else if (entry.kind === "write") {
      flushText();
      pending.push(entry.bytes);
    } else {
      flush();
      steps.push(entry);
    }
  }
  flush();
  return steps;
}
