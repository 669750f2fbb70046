import type { MessagePhase } from "@switchboard/protocol";
import type { MessageItem } from "@switchboard/client";

import type { ItemDraft, ItemEvents } from "./item-events.js";
import { ProposedPlan, type PlanSegment } from "./proposed-plan.js";

/** Shows clients one message of the model as it streams. */
export interface AgentMessage {
  delta(text: string): void;
  /** Shows the whole of it; also what came without deltas. */
  finish(item: MessageItem): void;
}

/** A message as it is. It is announced at once. */
export class PlainMessage implements AgentMessage {
  readonly #items: ItemEvents;
  readonly #id: string;
  readonly #startedAtMs: number;

  constructor(items: ItemEvents, id: string, item: MessageItem) {
    this.#items = items;
    this.#id = id;
    this.#startedAtMs = items.started(messageDraft(id, textOf(item), item.phase));
  }

  delta(text: string): void {
    this.#items.agentMessageDelta(this.#id, text);
  }

  finish(item: MessageItem): void {
    this.#items.completed(messageDraft(this.#id, textOf(item), item.phase), this.#startedAtMs);
  }
}

/** A message that is for the server: clients see what becomes of it. */
export class HiddenMessage implements AgentMessage {
  delta(): void {}

  finish(): void {}
}

/** A message in plan mode: the plan in it becomes an item of its own. Both are announced when their first text comes. */
export class PlanningMessage implements AgentMessage {
  readonly #items: ItemEvents;
  readonly #id: string;
  readonly #planId: string;
  readonly #split = new ProposedPlan();
  #text = "";
  #plan = "";
  #hasDeltas = false;
  #textStartedAtMs: number | undefined;
  #planStartedAtMs: number | undefined;

  constructor(items: ItemEvents, id: string, planId: string) {
    this.#items = items;
    this.#id = id;
    this.#planId = planId;
  }

  delta(text: string): void {
    this.#hasDeltas = true;
    for (const segment of this.#split.add(text)) this.#show(segment);
  }

  finish(item: MessageItem): void {
    if (!this.#hasDeltas) this.delta(textOf(item));
    for (const segment of this.#split.end()) this.#show(segment);
    if (this.#planStartedAtMs !== undefined) {
      this.#items.completed({ type: "plan", id: this.#planId, text: this.#plan }, this.#planStartedAtMs);
    }
    if (this.#textStartedAtMs !== undefined) {
      this.#items.completed(messageDraft(this.#id, this.#text, item.phase), this.#textStartedAtMs);
    }
  }

  #show({ kind, text }: PlanSegment): void {
    if (kind === "plan") {
      this.#planStartedAtMs ??= this.#items.started({ type: "plan", id: this.#planId, text: "" });
      this.#plan += text;
      this.#items.planDelta(this.#planId, text);
      return;
    }
    this.#text += text;
    if (this.#textStartedAtMs === undefined && this.#text.trim() === "") return;
    const isFirst = this.#textStartedAtMs === undefined;
    this.#textStartedAtMs ??= this.#items.started(messageDraft(this.#id, "", undefined));
    this.#items.agentMessageDelta(this.#id, isFirst ? this.#text : text);
  }
}

function textOf(item: MessageItem): string {
  return item.content.map((part) => ("text" in part ? part.text : "")).join("");
}

/** The item of a message, complete or not. */
export function messageDraft(id: string, text: string, phase: string | undefined): ItemDraft {
  return {
    type: "agentMessage",
    moderation: null,
    id,
    text,
    phase: asPhase(phase),
    memoryCitation: null,
    delivery: null,
    questions: null,
  };
}

function asPhase(phase: string | undefined): MessagePhase | null {
  return phase === "commentary" || phase === "partial_answer" || phase === "final_answer" ? phase : null;
}
