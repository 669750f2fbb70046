import type { ContentPart, MessageItem, OutputItem, ResponseItem } from "@switchboard/client";
import { v7 as uuidv7 } from "uuid";

import type { ToolOutput } from "./tools.js";

/** One entry: an item of the API, or a tool's answer that holds pictures too. */
export type HistoryItem =
  | ResponseItem
  | { readonly type: "function_call_output"; readonly call_id: string; readonly output: readonly ContentPart[] };

/**
 * What the model is told of a conversation so far: append-only. The model's own items keep the ids it
 * gave them; ours get ids of the same form.
 */
export class History {
  readonly #items: HistoryItem[] = [];

  /** All entries, oldest first, as they go into the next request. */
  get items(): readonly HistoryItem[] {
    return this.#items;
  }

  /** Adds one entry. */
  append(item: HistoryItem): void {
    this.#items.push(item);
  }

  /** Adds what a tool answered. */
  answer(callId: string, output: ToolOutput): void {
    if (typeof output === "string") this.append({ type: "function_call_output", call_id: callId, output });
    else this.append({ type: "function_call_output", call_id: callId, output });
  }

  /** Adds a message of ours. */
  say(role: MessageItem["role"], content: readonly ContentPart[]): void {
    this.append({ type: "message", id: `msg_${uuidv7()}`, role, content });
  }

  /** Adds a text message of ours. */
  sayText(role: MessageItem["role"], text: string): void {
    this.say(role, [{ type: "input_text", text }]);
  }
}

const modelIdPrefixes = { message: "msg_", reasoning: "rs_", function_call: "fc_" } as const;

/**
 * A model's item as it goes back to the model: an id of another form than the API's own is left out,
 * because providers refuse it.
 */
export function echoable(item: OutputItem): ResponseItem {
  if (item.id === undefined || item.id.startsWith(modelIdPrefixes[item.type])) return item;
  const { id: _foreign, ...rest } = item;
  return rest;
}
