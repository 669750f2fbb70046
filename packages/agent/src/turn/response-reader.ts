import type {
  FunctionCallItem,
  MessageItem,
  OutputItem,
  ReasoningItem,
  ResponseEvent,
  ResponseUsage,
} from "@switchboard/client";
import type { MessagePhase } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import { echoable, type History } from "./history.js";
import type { ItemDraft, ItemEvents } from "./item-events.js";

/** The item that the model is in the middle of. */
interface OpenItem {
  readonly type: OutputItem["type"];
  readonly id: string;
  readonly startedAtMs: number;
}

/**
 * Reads one response as it streams: tells clients of its items, and adds each finished one to the
 * history. An item that never finishes leaves nothing behind.
 */
export class ResponseReader {
  readonly #items: ItemEvents;
  readonly #history: History;
  #open: OpenItem | undefined;
  /** The tools the model asked for. */
  readonly calls: FunctionCallItem[] = [];
  /** The tokens it took, once known. */
  usage: ResponseUsage | undefined;

  constructor(items: ItemEvents, history: History) {
    this.#items = items;
    this.#history = history;
  }

  read(event: ResponseEvent): void {
    const open = this.#open;
    switch (event.type) {
      case "response.output_text.delta":
        if (open?.type === "message") this.#items.agentMessageDelta(open.id, event.delta);
        return;
      case "response.output_item.added":
        return this.#begin(event.item);
      case "response.output_item.done":
        return this.#finish(event.item);
      case "response.reasoning_summary_part.added":
        if (open?.type === "reasoning") this.#items.reasoningSummaryPartAdded(open.id, event.summaryIndex);
        return;
      case "response.reasoning_summary_text.delta":
        if (open?.type === "reasoning") this.#items.reasoningSummaryTextDelta(open.id, event.delta, event.summaryIndex);
        return;
      case "response.reasoning_text.delta":
        if (open?.type === "reasoning") this.#items.reasoningTextDelta(open.id, event.delta, event.contentIndex);
        return;
      case "response.completed":
        this.usage = event.usage;
        return;
      case "response.failed":
      case "response.incomplete":
        // The stream ends with an error instead.
        return;
    }
  }

  #begin(item: OutputItem): void {
    this.#open = undefined;
    if (item.type === "function_call") return;
    const id = item.id ?? `${item.type === "message" ? "msg" : "rs"}_${uuidv7()}`;
    this.#open = { type: item.type, id, startedAtMs: this.#items.started(draftOf(item, id)) };
  }

  #finish(item: OutputItem): void {
    if (item.type === "function_call") {
      this.#history.append(echoable(item));
      this.calls.push(item);
      return;
    }
    if (this.#open?.type !== item.type || (item.id !== undefined && item.id !== this.#open.id)) this.#begin(item);
    if (this.#open === undefined) return;
    const { id, startedAtMs } = this.#open;
    this.#open = undefined;
    this.#history.append(echoable(item));
    this.#items.completed(draftOf(item, id), startedAtMs);
  }
}

function draftOf(item: MessageItem | ReasoningItem, id: string): ItemDraft {
  if (item.type === "reasoning") {
    return {
      type: "reasoning",
      id,
      summary: item.summary.map(({ text }) => text),
      content: item.content?.map(({ text }) => text) ?? [],
    };
  }
  return {
    type: "agentMessage",
    moderation: null,
    id,
    text: item.content.map((part) => ("text" in part ? part.text : "")).join(""),
    phase: asPhase(item.phase),
    memoryCitation: null,
    delivery: null,
    questions: null,
  };
}

function asPhase(phase: string | undefined): MessagePhase | null {
  return phase === "commentary" || phase === "partial_answer" || phase === "final_answer" ? phase : null;
}
