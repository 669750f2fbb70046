import type { CodexErrorInfo, SandboxPolicy, ThreadItem } from "@switchboard/protocol";

import type { Approval } from "../telemetry/approvals.js";
import type { TurnAccount } from "../telemetry/turn-accounts.js";
import { inSeconds, type AnalyticsEvent, type EventParams } from "./event.js";
import { toolEvent } from "./tool-events.js";

/** What the events of a turn say besides its account. */
export interface TurnEventParts {
  /** Who it was, and on what. */
  readonly whoAndWhere: EventParams;
  /** Where the thread is from. */
  readonly lineage: EventParams;
  readonly sessionId: string;
  readonly ephemeral: boolean;
  readonly initializationMode: "new" | "resumed";
}

/** What there is to tell of a turn that is over, in the order in which it happened; the turn itself comes last. */
export function eventsOfTurn(account: TurnAccount, parts: TurnEventParts): AnalyticsEvent[] {
  const { turn, end, approvals } = account;
  const { whoAndWhere, lineage, sessionId } = parts;
  const ids = { thread_id: turn.threadId, session_id: sessionId };
  const shared = { ...ids, ...whoAndWhere, ...lineage };
  const events = approvals.map((approval, index) => reviewEvent(approval, index, account, shared));
  for (const [index, item] of end.items.entries()) {
    const event =
      item.type === "contextCompaction"
        ? compactionEvent(item, index, account, shared)
        : toolEvent(item, account, shared);
    if (event !== undefined) events.push(event);
  }
  // Reviews, compactions and commands of the user's have no event of their own as turns.
  if (turn.prompt !== undefined) events.push(turnEvent(account, parts, shared));
  return events;
}

const reviewStatuses: Readonly<Record<Approval["decision"], readonly [status: string, resolution: string]>> = {
  accept: ["approved", "none"],
  acceptForSession: ["approved", "session_approval"],
  acceptWithAmendment: ["approved", "exec_policy_amendment"],
  decline: ["denied", "none"],
  cancel: ["aborted", "none"],
};

function reviewEvent(approval: Approval, index: number, { turn }: TurnAccount, shared: EventParams): AnalyticsEvent {
  const { itemId, subject, decision, startedAtMs, completedAtMs } = approval;
  const [status, resolution] = reviewStatuses[decision];
  const { session_id: _, ...params } = shared;
  return {
    event_type: "codex_review_event",
    event_params: {
      ...params,
      turn_id: turn.turnId,
      item_id: itemId,
      review_id: `user:${index}`,
      subject_kind: subject,
      subject_name: subject === "file_change" ? "apply_patch" : subject,
      reviewer: "user",
      trigger: "initial",
      status,
      resolution,
      started_at_ms: startedAtMs,
      completed_at_ms: completedAtMs,
      duration_ms: completedAtMs - startedAtMs,
    },
  };
}

function compactionEvent(item: ThreadItem, index: number, account: TurnAccount, shared: EventParams): AnalyticsEvent {
  const { turn, end } = account;
  const isManual = turn.prompt === undefined;
  const isBeforeInput = !end.items.slice(0, index).some(({ type }) => type === "userMessage");
  const [startedAtMs, completedAtMs] = timesOf(item);
  return {
    event_type: "codex_compaction_event",
    event_params: {
      ...shared,
      turn_id: turn.turnId,
      trigger: isManual ? "manual" : "auto",
      reason: isManual ? "user_requested" : "context_limit",
      implementation: "responses",
      phase: isManual ? "standalone_turn" : isBeforeInput ? "pre_turn" : "mid_turn",
      strategy: "memento",
      status: "completed",
      voice_session_id: null,
      codex_error_kind: null,
      codex_error_http_status_code: null,
      usage_limit_window_minutes: null,
      active_context_tokens_before: null,
      active_context_tokens_after: null,
      retained_image_count: null,
      compaction_summary_tokens: null,
      cached_input_tokens: null,
      cache_write_input_tokens: null,
      started_at: inSeconds(startedAtMs),
      completed_at: inSeconds(completedAtMs),
      duration_ms: completedAtMs - startedAtMs,
    },
  };
}

function turnEvent(account: TurnAccount, parts: TurnEventParts, shared: EventParams): AnalyticsEvent {
  const { turn, end, settings, tokens, error, startedAtMs, endedAtMs } = account;
  const [turnError, httpStatus] = errorOf(error);
  const effort = settings?.effort ?? null;
  return {
    event_type: "codex_turn_event",
    event_params: {
      ...shared,
      turn_id: turn.turnId,
      root_turn_id: turn.turnId,
      active_plugin_ids_at_turn_start: [],
      voice_session_id: null,
      turn_trigger: null,
      codex_turn_source: null,
      submission_type: null,
      ephemeral: parts.ephemeral,
      initialization_mode: parts.initializationMode,
      model: turn.model,
      model_provider: settings?.modelProvider ?? null,
      ...(settings === undefined ? {} : sandboxOf(settings.sandboxPolicy)),
      reasoning_effort: effort,
      reasoning_summary: settings?.summary ?? null,
      service_tier: settings?.serviceTier ?? "default",
      approval_policy: typeof settings?.approvalPolicy === "object" ? "granular" : (settings?.approvalPolicy ?? null),
      approvals_reviewer: settings?.approvalsReviewer ?? null,
      guardian_v2_enabled: false,
      collaboration_mode: settings?.collaborationMode.mode ?? "default",
      personality: settings?.personality ?? null,
      workspace_kind: null,
      num_input_images: imagesIn(end.items),
      image_preparations: [],
      is_first_turn: account.isFirst,
      status: end.status,
      explicit_client_interrupt_requested_at_ms: account.interruptedAtMs ?? null,
      turn_error: turnError,
      codex_error_kind: null,
      codex_error_http_status_code: httpStatus,
      usage_limit_window_minutes: null,
      steer_count: account.steers,
      ...toolCounts(end.items),
      input_tokens: tokens.inputTokens,
      cached_input_tokens: tokens.cachedInputTokens,
      cache_write_input_tokens: tokens.cacheWriteInputTokens,
      output_tokens: tokens.outputTokens,
      reasoning_output_tokens: tokens.reasoningOutputTokens,
      total_tokens: tokens.totalTokens,
      compaction_ms: compactionMs(end.items),
      sampling_retry_count: account.retries,
      duration_ms: endedAtMs - startedAtMs,
      started_at: inSeconds(startedAtMs),
      completed_at: inSeconds(endedAtMs),
    },
  };
}

const sandboxNames = {
  dangerFullAccess: "full_access",
  externalSandbox: "external_sandbox",
  readOnly: "read_only",
  workspaceWrite: "workspace_write",
} as const;

function sandboxOf(policy: SandboxPolicy): EventParams {
  const network = policy.type === "dangerFullAccess" || policy.networkAccess;
  return {
    sandbox_policy: sandboxNames[policy.type],
    sandbox_network_access: network === true || network === "enabled",
  };
}

function errorOf(error: CodexErrorInfo | null): readonly [name: string | null, httpStatus: number | null] {
  if (error === null || typeof error === "string") return [error === null ? null : snake(error), null];
  const [name = "other"] = Object.keys(error);
  const [details] = Object.values(error);
  const hasStatus = details !== undefined && "httpStatusCode" in details;
  return [snake(name), hasStatus ? details.httpStatusCode : null];
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toolCounts(items: readonly ThreadItem[]): EventParams {
  const count = (type: ThreadItem["type"]) => items.filter((item) => item.type === type).length;
  const commands = items.filter((item) => item.type === "commandExecution" && item.source !== "userShell").length;
  const [files, mcp, dynamic] = [count("fileChange"), count("mcpToolCall"), count("dynamicToolCall")];
  const searches = count("webSearch");
  return {
    total_tool_call_count: commands + files + mcp + dynamic + searches + count("imageView"),
    shell_command_count: commands,
    file_change_count: files,
    mcp_tool_call_count: mcp,
    dynamic_tool_call_count: dynamic,
    subagent_tool_call_count: 0,
    web_search_count: searches,
    image_generation_count: 0,
  };
}

function imagesIn(items: readonly ThreadItem[]): number {
  return items.reduce(
    (sum, item) =>
      item.type === "userMessage"
        ? sum + item.content.filter(({ type }) => type === "image" || type === "localImage").length
        : sum,
    0,
  );
}

function compactionMs(items: readonly ThreadItem[]): number {
  return items.reduce((sum, item) => {
    const [startedAtMs, completedAtMs] = timesOf(item);
    return item.type === "contextCompaction" ? sum + completedAtMs - startedAtMs : sum;
  }, 0);
}

function timesOf({ startedAtMs, completedAtMs }: ThreadItem): readonly [started: number, completed: number] {
  const started = startedAtMs ?? 0;
  return [started, completedAtMs ?? started];
}
