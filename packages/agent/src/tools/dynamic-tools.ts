import type { ContentPart, JsonObject } from "@switchboard/client";
import type { DynamicToolCallResponse, DynamicToolSpec } from "@switchboard/protocol";

import { parseArguments } from "./arguments.js";
import type { Tool } from "./tool.js";
import type { ToolParts } from "./tool-parts.js";

/** A failed call as clients and the model are told it. */
const failed = "dynamic tool request failed";

/** The tools that a client brought with `thread/start`: calls go to the clients of the thread. */
export function dynamicTools(specs: readonly DynamicToolSpec[], parts: ToolParts): Tool[] {
  return specs.flatMap((spec) =>
    spec.type === "function"
      ? [dynamicTool(spec.name, undefined, parts)]
      : spec.tools.map(({ name }) => dynamicTool(name, spec.name, parts)),
  );
}

/** How they are offered to the model. Tools that are to be found by search are offered as well: there is no search. */
export function dynamicToolDefinitions(specs: readonly DynamicToolSpec[]): JsonObject[] {
  return specs.map((spec) =>
    spec.type === "function"
      ? definitionOf(spec)
      : { type: "namespace", name: spec.name, description: spec.description, tools: spec.tools.map(definitionOf) },
  );
}

function definitionOf(spec: { readonly name: string; readonly description: string; readonly inputSchema: unknown }) {
  const { name, description, inputSchema } = spec;
  return { type: "function", name, description, strict: false, parameters: inputSchema };
}

function dynamicTool(name: string, namespace: string | undefined, parts: ToolParts): Tool {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    isParallel: false,
    call: async (call, { items, signal }) => {
      const { threadId, turnId, questions, clock } = parts;
      const args = parseArguments(call);
      const draft = {
        type: "dynamicToolCall",
        id: call.call_id,
        namespace: namespace ?? null,
        tool: name,
        arguments: args,
        status: "inProgress",
        contentItems: null,
        success: null,
        durationMs: null,
      } as const;
      const startedAtMs = items.started(draft);
      const complete = ({ contentItems, success }: DynamicToolCallResponse): void => {
        const status = success ? "completed" : "failed";
        const durationMs = clock() - startedAtMs;
        items.completed({ ...draft, status, contentItems, success, durationMs }, startedAtMs);
      };
      const failure = { contentItems: [{ type: "inputText" as const, text: failed }], success: false };
      try {
        const params = {
          threadId,
          turnId,
          callId: call.call_id,
          namespace: namespace ?? null,
          tool: name,
          arguments: args,
        };
        const answer = (await questions.ask("item/tool/call", params, signal)) ?? failure;
        complete(answer);
        return toModel(answer);
      } catch (error) {
        complete(failure);
        throw error;
      }
    },
  };
}

function toModel({ contentItems }: DynamicToolCallResponse): string | readonly ContentPart[] {
  const [only, ...more] = contentItems;
  if (only?.type === "inputText" && more.length === 0) return only.text;
  return contentItems.map((item): ContentPart =>
    item.type === "inputText"
      ? { type: "input_text", text: item.text }
      : item.type === "inputImage"
        ? { type: "input_image", image_url: item.imageUrl, detail: "high" }
        : { type: "input_text", text: `(${item.type} cannot be given to the model)` },
  );
}
