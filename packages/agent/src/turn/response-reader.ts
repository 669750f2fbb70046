import type {
  MessageItem,
  OutputItem,
  ReasoningItem,
  ResponseEvent,
  ResponseUsage,
  WebSearchCallItem,
} from "@switchboard/client";
import { v7 as uuidv7 } from "uuid";

import { HiddenMessage, PlainMessage, PlanningMessage, type AgentMessage } from "./agent-message.js";
import { echoable, type History } from "./history.js";
import type { ItemDraft, ItemEvents } from "./item-events.js";
import type { ToolCall } from "./tools.js";
import { webSearchDraft } from "./web-search.js";

/** What clients see of the model's messages: them as they are, with a plan as an item of its own, or nothing. */
export type MessageView =
  | { readonly kind: "plain" }
  | { readonly kind: "planning"; readonly planId: string }
  | { readonly kind: "hidden" };

/** The item that the model is in the middle of, as clients see it. */
type OpenItem =
  | { readonly type: "message"; readonly id: string; readonly message: AgentMessage }
  | { readonly type: "reasoning" | "web_search_call"; readonly id: string; readonly startedAtMs: number };

/**
 * Reads one response as it streams: tells clients of its items, and adds each finished one to the
 * history. An item that never finishes leaves nothing behind.
 */
export class ResponseReader {
  readonly #items: ItemEvents;
  readonly #history: History;
  readonly #view: MessageView;
  #open: OpenItem | undefined;
  /** The tools the model asked for. */
  readonly calls: ToolCall[] = [];
  /** The tokens it took, once known. */
  usage: ResponseUsage | undefined;

  constructor(items: ItemEvents, history: History, view: MessageView) {
    this.#items = items;
    this.#history = history;
    this.#view = view;
  }

  read(event: ResponseEvent): void {
    const open = this.#open;
    switch (event.type) {
      case "response.output_text.delta":
        if (open?.type === "message") open.message.delta(event.delta);
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
    switch (item.type) {
      case "function_call":
      case "custom_tool_call":
        return;
      case "message": {
        const id = item.id ?? `msg_${uuidv7()}`;
        this.#open = { type: "message", id, message: this.#messageFor(id, item) };
        return;
      }
      default: {
        const id = item.id ?? `${item.type === "reasoning" ? "rs" : "ws"}_${uuidv7()}`;
        this.#open = { type: item.type, id, startedAtMs: this.#items.started(draftOf(item, id)) };
      }
    }
  }

  #messageFor(id: string, item: MessageItem): AgentMessage {
    switch (this.#view.kind) {
      case "plain":
        return new PlainMessage(this.#items, id, item);
      case "planning":
        return new PlanningMessage(this.#items, id, this.#view.planId);
      case "hidden":
        return new HiddenMessage();
    }
  }

  #finish(item: OutputItem): void {
    if (item.type === "function_call" || item.type === "custom_tool_call") {
      this.#history.append(echoable(item));
      this.calls.push(item);
      return;
    }
    if (this.#open?.type !== item.type || (item.id !== undefined && item.id !== this.#open.id)) this.#begin(item);
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#history.append(echoable(item));
    if (open.type === "message" && item.type === "message") open.message.finish(item);
    else if (open.type !== "message" && item.type !== "message") {
      this.#items.completed(draftOf(item, open.id), open.startedAtMs);
    }
  }
}

function draftOf(item: ReasoningItem | WebSearchCallItem, id: string): ItemDraft {
  if (item.type === "web_search_call") return webSearchDraft(item, id);
  return {
    type: "reasoning",
    id,
    summary: item.summary.map(({ text }) => text),
    content: item.content?.map(({ text }) => text) ?? [],
  };
}
