import { asOutputItem, isJsonObject, type JsonObject, type OutputItem } from "./items.js";

/** Tokens of one response. */
export interface ResponseUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningOutputTokens: number;
  readonly totalTokens: number;
}

/** What went wrong, as the model service reports it in `response.failed`. */
export interface ResponseFailure {
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** The events of a response that mean something to a turn. All others are ignored. */
export type ResponseEvent =
  | { readonly type: "response.output_item.added"; readonly item: OutputItem }
  | { readonly type: "response.output_item.done"; readonly item: OutputItem }
  | { readonly type: "response.output_text.delta"; readonly delta: string }
  | { readonly type: "response.reasoning_summary_part.added"; readonly summaryIndex: number }
  | { readonly type: "response.reasoning_summary_text.delta"; readonly delta: string; readonly summaryIndex: number }
  | { readonly type: "response.reasoning_text.delta"; readonly delta: string; readonly contentIndex: number }
  | { readonly type: "response.completed"; readonly usage: ResponseUsage | undefined }
  | { readonly type: "response.incomplete"; readonly reason: string }
  | { readonly type: "response.failed"; readonly failure: ResponseFailure };

/**
 * Narrows the data of one server-sent event. Undefined for what is not JSON, has no known `type` or
 * lacks a member it needs: a stream with such events goes on without them, as with the reference.
 */
export function asResponseEvent(data: string): ResponseEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!isJsonObject(event)) return undefined;
  const { delta } = event;
  switch (event["type"]) {
    case "response.output_text.delta":
      return typeof delta === "string" ? { type: "response.output_text.delta", delta } : undefined;
    case "response.output_item.added":
    case "response.output_item.done": {
      const item = asOutputItem(event["item"]);
      return item === undefined ? undefined : { type: event["type"], item };
    }
    case "response.reasoning_summary_part.added": {
      const summaryIndex = index(event["summary_index"]);
      return summaryIndex === undefined ? undefined : { type: event["type"], summaryIndex };
    }
    case "response.reasoning_summary_text.delta": {
      const summaryIndex = index(event["summary_index"]);
      return summaryIndex === undefined || typeof delta !== "string"
        ? undefined
        : { type: event["type"], delta, summaryIndex };
    }
    case "response.reasoning_text.delta": {
      const contentIndex = index(event["content_index"]);
      return contentIndex === undefined || typeof delta !== "string"
        ? undefined
        : { type: event["type"], delta, contentIndex };
    }
    case "response.completed":
      return { type: "response.completed", usage: asUsage(member(event["response"], "usage")) };
    case "response.incomplete": {
      const reason = member(member(event["response"], "incomplete_details"), "reason");
      return { type: "response.incomplete", reason: typeof reason === "string" ? reason : "unknown" };
    }
    case "response.failed": {
      const error = member(event["response"], "error");
      const [code, message] = [member(error, "code"), member(error, "message")];
      return {
        type: "response.failed",
        failure: {
          code: typeof code === "string" ? code : undefined,
          message: typeof message === "string" ? message : undefined,
        },
      };
    }
    default:
      return undefined;
  }
}

function asUsage(usage: unknown): ResponseUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = count(usage, "input_tokens");
  const output = count(usage, "output_tokens");
  const inputDetails = usage["input_tokens_details"];
  return {
    inputTokens: input,
    cachedInputTokens: count(inputDetails, "cached_tokens"),
    cacheWriteInputTokens: count(inputDetails, "cache_write_tokens"),
    outputTokens: output,
    reasoningOutputTokens: count(usage["output_tokens_details"], "reasoning_tokens"),
    totalTokens: count(usage, "total_tokens") || input + output,
  };
}

function member(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function count(value: unknown, name: string): number {
  return index(member(value, name)) ?? 0;
}

function index(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The body of a request, as far as this package looks into it. */
export type ResponsesBody = JsonObject;
