import type { JsonObject, MessageItem, ResponseItem, ResponseUsage } from "@switchboard/client";
import { v7 as uuidv7 } from "uuid";

import { compactionPrompt, summaryPreface } from "../../context/compaction-prompt.js";
import { modelFacts } from "../../models/catalog.js";
import type { AskModel } from "../../turn/model-stream.js";
import { turnError } from "../../turn/turn-error.js";
import type { ThreadParts, TurnScope, TurnTask } from "../../turn/turn-scope.js";
import { isTooLong, modelFor } from "./conversation.js";
import { tellUsage } from "./tell-usage.js";

/** About how much of what the user said is kept besides the summary, in tokens. */
const keptUserTokens = 20_000;

/** Share of the context window from which on a conversation is compacted by itself. As in the reference: 90 of 95 %. */
const automaticShare = 0.9 / 0.95;

/** Whether the next request would come close to what the model can read. */
export function isCompactionDue({ spec, usage, history }: ThreadParts, model: string): boolean {
  const limit = spec.autoCompactTokenLimit ?? Math.floor(modelFacts(model).contextWindow * automaticShare);
  return usage.contextTokens >= limit && history.items.length > 0;
}

/** `thread/compact/start`: a turn that does nothing else. */
export const compactionTurn: TurnTask = async (scope) => {
  const { thread, settings, control, id } = scope;
  try {
    thread.context.update(thread.history, settings(), thread.host.clock());
    const model = modelFor(scope, {
      history: thread.history,
      settings,
      threadId: thread.id,
      turnId: id,
      messages: { kind: "hidden" },
    });
    await compact(scope, model, { tools: [] });
    return { status: "completed" };
  } catch (error) {
    if (control.signal.aborted) return { status: "interrupted" };
    return { status: "failed", error: turnError(error), cause: error };
  }
};

/**
 * Puts a summary by the model in the place of the conversation; what the user said last stays as it was.
 * The history is untouched until the summary is there. Rejects as the model does.
 */
export async function compact(
  scope: TurnScope,
  model: AskModel,
  { tools }: { readonly tools: readonly JsonObject[] },
): Promise<void> {
  const { thread, items, settings, control } = scope;
  const { history, context, usage, host } = thread;
  const draft = { type: "contextCompaction", id: uuidv7() } as const;
  const startedAtMs = items.started(draft);
  tellUsage(scope);
  const summary = await summarize(model, history.items, tools, control.signal, (tokens) => {
    usage.add(tokens, false);
    tellUsage(scope);
  });
  const kept = lastWordsOfUser(history.items);
  history.beginWindow();
  context.forget();
  context.update(history, settings(), host.clock());
  for (const message of kept) history.append(message);
  history.sayText("user", `${summaryPreface}\n${summary}`);
  usage.beginWindow(Math.ceil(JSON.stringify(history.items).length / 4));
  tellUsage(scope);
  items.completed(draft, startedAtMs);
}

/** What the model makes of the conversation. When that is too long even for this, its oldest entries are left out. */
async function summarize(
  model: AskModel,
  items: readonly ResponseItem[],
  tools: readonly JsonObject[],
  signal: AbortSignal,
  onUsage: (usage: ResponseUsage) => void,
): Promise<string> {
  let told = items;
  for (;;) {
    let summary = "";
    const prompt: MessageItem = {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: compactionPrompt }],
    };
    try {
      await model(
        [...told, prompt],
        { tools, kind: "compaction" },
        {
          onHeaders: () => undefined,
          onEvent: (event) => {
            if (event.type === "response.completed" && event.usage !== undefined) onUsage(event.usage);
            if (event.type !== "response.output_item.done" || event.item.type !== "message") return;
            summary = event.item.content.map((part) => ("text" in part ? part.text : "")).join("");
          },
        },
        signal,
      );
      return summary;
    } catch (error) {
      if (!isTooLong(error) || told.length <= 1) throw error;
      told = withoutOldest(told);
    }
  }
}

/** Drops the oldest quarter, and then the answers to calls that were dropped. */
function withoutOldest(items: readonly ResponseItem[]): readonly ResponseItem[] {
  const kept = items.slice(Math.max(1, Math.floor(items.length / 4)));
  const calls = new Set(
    kept.flatMap((item) => (item.type === "function_call" || item.type === "custom_tool_call" ? [item.call_id] : [])),
  );
  return kept.filter(
    (item) =>
      (item.type !== "function_call_output" && item.type !== "custom_tool_call_output") || calls.has(item.call_id),
  );
}

/** The user's own messages from the end, as far as they fit; what we told the model is told again anyway. */
function lastWordsOfUser(items: readonly ResponseItem[]): ResponseItem[] {
  const kept: ResponseItem[] = [];
  let tokens = 0;
  for (const item of items.toReversed()) {
    if (item.type !== "message" || item.role !== "user" || isOurs(item)) continue;
    tokens += item.content.reduce((sum, part) => sum + ("text" in part ? Math.ceil(part.text.length / 4) : 0), 0);
    if (tokens > keptUserTokens) break;
    kept.unshift(item);
  }
  return kept;
}

/** What is said in the user's role, but not by the user. */
const ourOpenings = ["# AGENTS.md instructions for ", "<environment_context>", "<turn_aborted>", summaryPreface];

function isOurs({ content }: MessageItem): boolean {
  const [first] = content;
  const text = first !== undefined && "text" in first ? first.text : "";
  return ourOpenings.some((opening) => text.startsWith(opening));
}
