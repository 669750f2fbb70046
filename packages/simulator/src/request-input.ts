import type { JsonValue, RecordedRequest } from "./recorded-request.js";

/** What a tool returned to the model. */
export interface ToolOutput {
  readonly callId: string;
  readonly output: JsonValue;
}

/** The text of the last user message in a model request, for scripts that react to what was said. */
export function lastUserText(request: RecordedRequest): string | undefined {
  const message = inputItems(request).findLast((item) => item["type"] === "message" && item["role"] === "user");
  const content = message?.["content"];
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  return content
    .map((each: JsonValue) => (isObject(each) && typeof each["text"] === "string" ? each["text"] : ""))
    .join("");
}

/** Every tool output in a model request, oldest first. */
export function toolOutputs(request: RecordedRequest): ToolOutput[] {
  return inputItems(request).flatMap((item) => {
    const { type, call_id: callId, output } = item;
    const isOutput = type === "function_call_output" || type === "custom_tool_call_output";
    return isOutput && typeof callId === "string" ? [{ callId, output: output ?? null }] : [];
  });
}

function inputItems(request: RecordedRequest): Record<string, JsonValue>[] {
  const input = request.at("input");
  return Array.isArray(input) ? input.filter(isObject) : [];
}

function isObject(value: JsonValue): value is Record<string, JsonValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
