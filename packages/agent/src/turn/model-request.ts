import type { Headers, JsonObject } from "@switchboard/client";
import type { ThreadSettings } from "@switchboard/protocol";

import { modelFacts } from "../models/catalog.js";
import type { HistoryItem } from "./history.js";
import type { Tools } from "./tools.js";

/** What names a model request as part of its turn. */
export interface RequestContext {
  readonly threadId: string;
  readonly turnId: string;
  readonly installationId: string;
  readonly settings: ThreadSettings;
  readonly startedAtMs: number;
  /** More entries for the metadata, from the client. Names of our own are not overwritten. */
  readonly clientMetadata: Readonly<Record<string, string>>;
}

/** The body of a request to the Responses API, members in the reference's order. */
export function requestBody(
  context: RequestContext,
  input: readonly HistoryItem[],
  tools: Tools,
  outputSchema: unknown,
): JsonObject {
  const { threadId, turnId, installationId, settings } = context;
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
    ...(tools.definitions.length === 0
      ? {}
      : { tools: tools.definitions, tool_choice: "auto", parallel_tool_calls: true }),
    reasoning: { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) },
    store: false,
    include: ["reasoning.encrypted_content"],
    ...(settings.serviceTier === null ? {} : { service_tier: settings.serviceTier }),
    prompt_cache_key: threadId,
    ...(Object.keys(text).length === 0 ? {} : { text }),
    client_metadata: {
      "x-codex-installation-id": installationId,
      session_id: threadId,
      thread_id: threadId,
      turn_id: turnId,
      root_turn_id: turnId,
      "x-codex-window-id": windowId(threadId),
      "x-codex-turn-metadata": turnMetadata(context),
    },
  };
}

/** The headers of a request to the Responses API that tell which turn it belongs to. */
export function requestHeaders(context: RequestContext, turnState: string | undefined): Headers {
  const { threadId } = context;
  return {
    ...(turnState === undefined ? {} : { "x-codex-turn-state": turnState }),
    "x-codex-window-id": windowId(threadId),
    "x-codex-turn-metadata": turnMetadata(context),
    "x-client-request-id": threadId,
    "session-id": threadId,
    "thread-id": threadId,
  };
}

/** The nth context window of the thread; there is one until history can be compacted. */
function windowId(threadId: string): string {
  return `${threadId}:0`;
}

/** A header value as well as a body member, hence ASCII. It names no client. */
function turnMetadata(context: RequestContext): string {
  const { threadId, turnId, installationId, settings, startedAtMs, clientMetadata } = context;
  const metadata = {
    ...clientMetadata,
    installation_id: installationId,
    session_id: threadId,
    thread_id: threadId,
    agent_name: "/root",
    turn_id: turnId,
    window_id: windowId(threadId),
    window_number: 0,
    request_kind: "turn",
    root_turn_id: turnId,
    turn_started_at_unix_ms: startedAtMs,
    model: settings.model,
    ...(settings.effort === null ? {} : { reasoning_effort: settings.effort }),
  };
  return JSON.stringify(metadata).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
