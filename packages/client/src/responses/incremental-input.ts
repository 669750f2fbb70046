import type { ResponsesBody } from "./events.js";
import { isJsonObject, type OutputItem } from "./items.js";

/** What a server that keeps the last response of a socket knows of the conversation. */
export interface KnownConversation {
  readonly responseId: string;
  /** What the last request said besides its input, as text to compare. */
  readonly shape: string;
  /** The input of the last request. */
  readonly input: readonly unknown[];
  /** What came of it. */
  readonly output: readonly OutputItem[];
}

/** Everything in a request but its input, what merely describes it, and whether the model is to answer. */
export function shapeOf(body: ResponsesBody): string {
  return JSON.stringify({ ...body, input: undefined, client_metadata: undefined, generate: undefined });
}

/** The input of a request; empty for none. */
export function inputOf({ input }: ResponsesBody): readonly unknown[] {
  return Array.isArray(input) ? input : [];
}

/**
 * What of a request's input the server does not know yet; undefined when the request is not the last one
 * continued, and must be told whole. As in the reference: all else must be the same, and the input must begin
 * with the last input and what the model answered.
 */
export function newInput(known: KnownConversation, shape: string, input: readonly unknown[]): unknown[] | undefined {
  const start = known.input.length + known.output.length;
  if (shape !== known.shape || input.length < start) return undefined;
  for (const [index, item] of known.input.entries()) {
    if (!isSame(input[index], item)) return undefined;
  }
  for (const [index, item] of known.output.entries()) {
    if (!isSame(withoutId(input[known.input.length + index]), withoutId(item))) return undefined;
  }
  return input.slice(start);
}

function isSame(one: unknown, other: unknown): boolean {
  // Entries of a history stay the same objects.
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Ids that providers refuse are left out of what goes back. */
function withoutId(item: unknown): unknown {
  return isJsonObject(item) ? { ...item, id: undefined } : item;
}
