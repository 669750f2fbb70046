import type { ContentPart, CustomToolCallItem, FunctionCallItem, JsonObject } from "@switchboard/client";

import type { ItemEvents } from "./item-events.js";

/** What the model asks for: a function with JSON arguments, or a free-form tool with text. */
export type ToolCall = FunctionCallItem | CustomToolCallItem;

/** What the model is told of a call: text, or text and pictures. */
export type ToolOutput = string | readonly ContentPart[];

/** What a tool acts through while it answers a call. */
export interface ToolContext {
  /** Where it shows clients what it does. */
  readonly items: ItemEvents;
  /** Aborts when the turn is interrupted. */
  readonly signal: AbortSignal;
}

/** What the model may ask for during a turn. */
export interface Tools {
  /** The definitions that go into each model request. */
  readonly definitions: readonly JsonObject[];
  /** Whether the call may run while others do. All others wait for those before them, and hold up those after. */
  isParallel(call: ToolCall): boolean;
  /**
   * Answers one call. What goes wrong is told to the model, in the result, so that it can react; the
   * promise rejects only when the signal aborts.
   */
  call(call: ToolCall, context: ToolContext): Promise<ToolOutput>;
}

/** What a model is told that asks for a tool it does not have. */
export function unsupportedCall({ type, name, namespace = "" }: ToolCall): string {
  return type === "custom_tool_call"
    ? `unsupported custom tool call: ${namespace}${name}`
    : `unsupported call: ${namespace}${name}`;
}
