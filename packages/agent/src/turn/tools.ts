import type { ContentPart, FunctionCallItem, JsonObject } from "@switchboard/client";

import type { ItemEvents } from "./item-events.js";

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
  /**
   * Answers one call. What goes wrong is told to the model, in the result, so that it can react; the
   * promise rejects only when the signal aborts.
   */
  call(call: FunctionCallItem, context: ToolContext): Promise<ToolOutput>;
}

/** What a model is told that asks for a tool it does not have. */
export function unsupportedCall({ name, namespace = "" }: FunctionCallItem): string {
  return `unsupported call: ${namespace}${name}`;
}
