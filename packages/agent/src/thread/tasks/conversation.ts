import { ModelError, type Headers } from "@switchboard/client";
import type { ThreadSettings } from "@switchboard/protocol";

import { McpTurnTools } from "../../mcp/turn-tools.js";
import { rateLimitsFrom } from "../../models/rate-limits.js";
import { turnTools } from "../../tools/turn-tools.js";
import type { History } from "../../turn/history.js";
import { modelStream, type AskModel } from "../../turn/model-stream.js";
import { serviceOriginatorFor } from "../../turn/owner-headers.js";
import type { MessageView, ResponseReader } from "../../turn/response-reader.js";
import { runTurnLoop, type TurnOutcome } from "../../turn/turn-loop.js";
import type { TurnScope } from "../../turn/turn-scope.js";
import { compact, isCompactionDue } from "./compaction.js";
import { tellUsage } from "./tell-usage.js";

/** A conversation that a turn has with the model: that of the thread, or one of its own. */
export interface Conversation {
  readonly history: History;
  readonly settings: () => ThreadSettings;
  /** What names its requests. */
  readonly threadId: string;
  readonly turnId: string;
  readonly subagent?: "review";
  readonly outputSchema?: unknown;
  /** What clients see of the model's messages. */
  readonly messages: MessageView;
}

/** The model as a conversation of the turn asks it, under the turn's owner. */
export function modelFor(scope: TurnScope, conversation: Conversation): AskModel {
  const { thread, request, startedAtMs } = scope;
  const { spec, host } = thread;
  return modelStream({
    client: host.client,
    sockets: host.sockets,
    wire: thread.wire,
    provider: spec.provider,
    owner: request.owner,
    residency: host.residency,
    serviceOriginator: serviceOriginatorFor(spec, request.owner),
    context: {
      sessionId: thread.id,
      threadId: conversation.threadId,
      turnId: conversation.turnId,
      rootTurnId: scope.id,
      installationId: host.installationId,
      settings: conversation.settings,
      windowNumber: () => conversation.history.windowNumber,
      kind: "turn",
      subagent: conversation.subagent,
      startedAtMs,
      clientMetadata: request.clientMetadata,
      traceHeaders: scope.traceHeaders,
    },
  });
}

/** Runs the model with its tools until it has no more to ask for. Never rejects. */
export async function converse(scope: TurnScope, conversation: Conversation): Promise<TurnOutcome> {
  const { thread, control, items } = scope;
  const { emit, clock } = thread.host;
  const { history } = conversation;
  const mcp = new McpTurnTools({
    threadId: thread.id,
    turnId: scope.id,
    owner: scope.request.owner,
    startedAtMs: scope.startedAtMs,
    settings: conversation.settings(),
    servers: thread.mcp,
    emit,
    ask: thread.questions.ask,
    clock,
  });
  const tools = turnTools(scope, conversation.settings, mcp);
  const model = modelFor(scope, conversation);
  return runTurnLoop({
    // Clients see the input at once; only the model has to wait for servers that are starting.
    stream: async (input, receiver, signal) => {
      await mcp.prepare(control.signal);
      const { outputSchema } = conversation;
      return model(input, { tools: tools.definitions, outputSchema }, receiver, signal);
    },
    wire: thread.wire,
    tools,
    history,
    items,
    control,
    messages: conversation.messages,
    streamMaxRetries: thread.spec.provider.streamMaxRetries,
    prepare: async () => {
      if (history !== thread.history) return;
      for (const note of thread.notes.splice(0)) history.sayText("user", note);
      if (isCompactionDue(thread, conversation.settings().model)) {
        await compact(scope, model, { tools: tools.definitions });
      }
    },
    recordInput: (input) => scope.recordInput(history, input),
    onResponse: ({ headers, reader }) => reportUsage(scope, headers, reader, history === thread.history),
    onRetry: (error) => emit("error", { error, willRetry: true, threadId: thread.id, turnId: scope.id }),
  });
}

/** Counts what a response took, and tells clients. What a review takes is counted without a word, as in the reference. */
function reportUsage(scope: TurnScope, headers: Headers, { usage }: ResponseReader, isThreads: boolean): void {
  const { thread } = scope;
  if (usage !== undefined) thread.usage.add(usage, isThreads);
  if (isThreads) tellUsage(scope);
  thread.host.emit("account/rateLimits/updated", { rateLimits: rateLimitsFrom(headers) });
}

/** Whether the model says that the conversation is too long for it. */
export function isTooLong(error: unknown): boolean {
  return error instanceof ModelError && error.code === "context_window_exceeded";
}
