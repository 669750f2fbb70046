import type { ContentPart, MessageItem, OutputItem, ResponseItem } from "@switchboard/client";
import { v7 as uuidv7 } from "uuid";

import type { ToolCall, ToolOutput } from "./tools.js";

/**
 * What the model is told of a conversation so far: append-only, but for compaction, which begins a new
 * window. The model's own items keep the ids it gave them; ours get ids of the same form.
 */
export class History {
  #items: ResponseItem[] = [];
  #windowNumber = 0;

  /** All entries, oldest first, as they go into the next request. */
  get items(): readonly ResponseItem[] {
    return this.#items;
  }

  /** How often the history was compacted. */
  get windowNumber(): number {
    return this.#windowNumber;
  }

  /** Adds one entry. */
  append(item: ResponseItem): void {
    this.#items.push(item);
  }

  /** Adds what a tool answered. */
  answer(call: ToolCall, output: ToolOutput): void {
    const type = call.type === "custom_tool_call" ? "custom_tool_call_output" : "function_call_output";
    this.append({ type, call_id: call.call_id, output });
  }

  /** Adds a message of ours. */
  say(role: MessageItem["role"], content: readonly ContentPart[]): void {
    this.append({ type: "message", id: `msg_${uuidv7()}`, role, content });
  }

  /** Adds a text message of ours. */
  sayText(role: MessageItem["role"], text: string): void {
    this.say(role, [{ type: "input_text", text }]);
  }

  /** Forgets everything said so far: the next window begins empty. */
  beginWindow(): void {
    this.#items = [];
    this.#windowNumber += 1;
  }
}

const modelIdPrefixes = {
  message: "msg_",
  reasoning: "rs_",
  function_call: "fc_",
  custom_tool_call: "ctc_",
  web_search_call: "ws_",
} as const;

/**
 * A model's item as it goes back to the model: an id of another form than the API's own is left out,
 * because providers refuse it.
 */
export function echoable(item: OutputItem): ResponseItem {
  if (item.id === undefined || item.id.startsWith(modelIdPrefixes[item.type])) return item;
  const { id: _foreign, ...rest } = item;
  return rest;
}
