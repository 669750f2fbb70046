import type { FunctionCallItem, JsonObject } from "@switchboard/client";

/** What the model may ask for during a turn. */
export interface Tools {
  /** The definitions that go into each model request. */
  readonly definitions: readonly JsonObject[];
  /**
   * Answers one call. What goes wrong is told to the model, in the result, so that it can react; the
   * promise rejects only when the signal aborts.
   */
  call(call: FunctionCallItem, signal: AbortSignal): Promise<string>;
}

/** No tools: a model that asks for one all the same is told so. */
export const noTools: Tools = {
  definitions: [],
  call: ({ name }) => Promise.resolve(`unsupported call: ${name}`),
};
