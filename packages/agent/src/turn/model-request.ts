import type { Headers, JsonObject, ResponseItem } from "@switchboard/client";
import type { ThreadSettings } from "@switchboard/protocol";

import { modelFacts } from "../models/catalog.js";

/** What a model request is for. A prewarm has the provider read what a first turn begins with, and answer nothing. */
export type RequestKind = "turn" | "compaction" | "prewarm";

/** What names a model request as part of its turn. */
export interface RequestContext {
  /** The thread that clients know. */
  readonly sessionId: string;
  /** The conversation: the thread, or a review inside it. */
  readonly threadId: string;
  /** Empty for a prewarm. */
  readonly turnId: string;
  /** The turn that clients started, which the turn is part of; undefined for a prewarm. */
  readonly rootTurnId: string | undefined;
  readonly installationId: string;
  /** As they are when the request is made. */
  readonly settings: () => ThreadSettings;
  /** How often the conversation was compacted. */
  readonly windowNumber: () => number;
  readonly kind: RequestKind;
  /** For a conversation that the model has with itself. */
  readonly subagent: "review" | undefined;
  /** When the turn started, in Unix milliseconds; undefined for a prewarm. */
  readonly startedAtMs: number | undefined;
  /** More entries for the metadata, from the client. Names of our own are not overwritten. */
  readonly clientMetadata: Readonly<Record<string, string>>;
  /** Which trace the turn is part of, as headers; empty for none. */
  readonly traceHeaders: Headers;
}

/** The body of a request to the Responses API, members in the reference's order. */
export function requestBody(
  context: RequestContext,
  input: readonly ResponseItem[],
  tools: readonly JsonObject[],
  outputSchema: unknown,
): JsonObject {
  const { sessionId, threadId, turnId, rootTurnId, installationId } = context;
  const settings = context.settings();
  const { defaultEffort, defaultVerbosity, known } = modelFacts(settings.model);
  const effort = settings.effort ?? defaultEffort;
  // Models that are not in the catalogue get no effort, but are asked for a summary.
  const summary = settings.summary ?? (known ? undefined : "auto");
  const text = {
    ...(defaultVerbosity === undefined ? {} : { verbosity: defaultVerbosity }),
    ...(outputSchema === undefined || outputSchema === null
      ? {}
      : { format: { type: "json_schema", strict: true, schema: outputSchema, name: "codex_output_schema" } }),
  };
  return {
    model: settings.model,
    stream: true,
    input,
    ...(tools.length === 0 ? {} : { tools, tool_choice: "auto", parallel_tool_calls: context.kind !== "compaction" }),
    reasoning: { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) },
    store: false,
    include: ["reasoning.encrypted_content"],
    ...(settings.serviceTier === null ? {} : { service_tier: settings.serviceTier }),
    prompt_cache_key: sessionId,
    ...(Object.keys(text).length === 0 ? {} : { text }),
    ...(context.kind === "prewarm" ? { generate: false } : {}),
    client_metadata: {
      "x-codex-installation-id": installationId,
      session_id: sessionId,
      thread_id: threadId,
      turn_id: turnId,
      ...(rootTurnId === undefined ? {} : { root_turn_id: rootTurnId }),
      "x-codex-window-id": windowId(context),
      "x-codex-turn-metadata": turnMetadata(context),
    },
  };
}

/** The headers of a request to the Responses API that tell which turn it belongs to. */
export function requestHeaders(context: RequestContext, turnState: string | undefined): Headers {
  const { sessionId, threadId, subagent } = context;
  return {
    ...(turnState === undefined ? {} : { "x-codex-turn-state": turnState }),
    "x-codex-window-id": windowId(context),
    "x-codex-turn-metadata": turnMetadata(context),
    ...(subagent === undefined ? {} : { "x-codex-parent-thread-id": sessionId, "x-openai-subagent": subagent }),
    "x-client-request-id": threadId,
    "session-id": sessionId,
    "thread-id": threadId,
    ...context.traceHeaders,
  };
}

/** What a request over a WebSocket says in its body, because its socket's headers are older than it. */
export function socketMetadata(
  { sessionId, rootTurnId, subagent, traceHeaders }: RequestContext,
  turnState: string | undefined,
): Headers {
  return {
    ...Object.fromEntries(Object.entries(traceHeaders).map(([name, value]) => [`ws_request_header_${name}`, value])),
    ...(turnState === undefined ? {} : { "x-codex-turn-state": turnState }),
    ...(subagent === undefined || rootTurnId === undefined
      ? {}
      : { parent_turn_id: rootTurnId, "x-codex-parent-thread-id": sessionId, "x-openai-subagent": subagent }),
  };
}

/** The nth context window of the conversation: compaction begins a new one. */
function windowId({ threadId, windowNumber }: RequestContext): string {
  return `${threadId}:${windowNumber()}`;
}

/** A header value as well as a body member, hence ASCII. It names no client. */
function turnMetadata(context: RequestContext): string {
  const { sessionId, threadId, turnId, rootTurnId, installationId, startedAtMs, clientMetadata, subagent } = context;
  const settings = context.settings();
  const metadata = {
    ...clientMetadata,
    installation_id: installationId,
    session_id: sessionId,
    thread_id: threadId,
    agent_name: "/root",
    turn_id: turnId,
    window_id: windowId(context),
    window_number: context.windowNumber(),
    request_kind: context.kind,
    ...(rootTurnId === undefined ? {} : { root_turn_id: rootTurnId }),
    ...(subagent === undefined
      ? {}
      : {
          parent_thread_id: sessionId,
          parent_turn_id: rootTurnId,
          subagent_kind: subagent,
          thread_source: "subagent",
        }),
    ...(startedAtMs === undefined ? {} : { turn_started_at_unix_ms: startedAtMs }),
    model: settings.model,
    ...(settings.effort === null ? {} : { reasoning_effort: settings.effort }),
  };
  return JSON.stringify(metadata).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
