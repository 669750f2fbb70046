import type { JsonObject } from "@switchboard/client";

import { unsupportedCall, type ToolCall, type ToolContext, type ToolOutput, type Tools } from "../turn/tools.js";

/** One tool of ours, or of a client, as a turn has it. */
export interface Tool {
  readonly name: string;
  /** For tools of a namespace. */
  readonly namespace?: string;
  /** Whether it is called with text instead of JSON arguments. */
  readonly isFreeform?: boolean;
  /** Whether calls may run while others do. */
  readonly isParallel: boolean;
  /** Answers one call. @throws {@link ToolRefusal} with what the model is to be told. */
  call(call: ToolCall, context: ToolContext): Promise<ToolOutput>;
}

/** Why a call was not done, in the words that the model is told. */
export class ToolRefusal extends Error {
  override readonly name = "ToolRefusal";
}

/** Tools by their names, with the definitions that offer them. */
export class ToolBox implements Tools {
  readonly definitions: readonly JsonObject[];
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(tools: readonly Tool[], definitions: readonly JsonObject[]) {
    this.definitions = definitions;
    this.#tools = new Map(tools.map((tool) => [keyOf(tool.name, tool.namespace, tool.isFreeform ?? false), tool]));
  }

  /** Whether the call is for one of these. */
  has(call: ToolCall): boolean {
    return this.#find(call) !== undefined;
  }

  isParallel(call: ToolCall): boolean {
    return this.#find(call)?.isParallel ?? true;
  }

  async call(call: ToolCall, context: ToolContext): Promise<ToolOutput> {
    const tool = this.#find(call);
    if (tool === undefined) return unsupportedCall(call);
    try {
      return await tool.call(call, context);
    } catch (error) {
      if (error instanceof ToolRefusal) return error.message;
      throw error;
    }
  }

  #find({ type, name, namespace }: ToolCall): Tool | undefined {
    return this.#tools.get(keyOf(name, namespace, type === "custom_tool_call"));
  }
}

function keyOf(name: string, namespace: string | undefined, isFreeform: boolean): string {
  return JSON.stringify([namespace ?? "", name, isFreeform]);
}
