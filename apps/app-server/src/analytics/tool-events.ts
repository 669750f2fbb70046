import type { CommandAction, FileUpdateChange, SandboxPolicy, ThreadItem } from "@switchboard/protocol";

import type { Approval } from "../telemetry/approvals.js";
import { sandboxBackend } from "../telemetry/sandbox-backend.js";
import type { TurnAccount } from "../telemetry/turn-accounts.js";
import type { AnalyticsEvent, EventParams } from "./event.js";

type Item<T extends ThreadItem["type"]> = Extract<ThreadItem, { type: T }>;

/** What is special of one call. */
interface Particulars {
  readonly type: string;
  readonly toolName: string;
  /** Whether the model called it as a tool of ours. */
  readonly isModels?: boolean;
  readonly status: "completed" | "failed" | "rejected";
  /** How long it ran itself, in milliseconds. */
  readonly ranMs?: number | null;
  readonly more: EventParams;
}

/** The event of a tool call; undefined for an item that is none. `shared` are the members that all events of the turn have. */
export function toolEvent(item: ThreadItem, account: TurnAccount, shared: EventParams): AnalyticsEvent | undefined {
  const particulars = particularsOf(item, account);
  if (particulars === undefined) return undefined;
  const { type, toolName, isModels = true, status, ranMs = null, more } = particulars;
  const startedAtMs = item.startedAtMs ?? 0;
  const completedAtMs = item.completedAtMs ?? startedAtMs;
  const reviews = account.approvals.filter(({ itemId }) => itemId === item.id);
  const isUsers = item.type === "commandExecution" && item.source === "userShell";
  return {
    event_type: type,
    event_params: {
      ...shared,
      turn_id: account.turn.turnId,
      root_turn_id: isUsers ? null : account.turn.turnId,
      item_id: item.id,
      cell_id: null,
      parent_call_id: null,
      originating_response_id: null,
      subsequent_response_id: null,
      tool_name: toolName,
      tool_event_type: isModels ? "model_tool_call" : null,
      started_at_ms: startedAtMs,
      completed_at_ms: completedAtMs,
      duration_ms: completedAtMs - startedAtMs,
      execution_duration_ms: ranMs,
      review_count: reviews.length,
      guardian_review_count: 0,
      user_review_count: reviews.length,
      final_approval_outcome: outcomeOf(reviews.at(-1)),
      terminal_status: status,
      failure_kind: failureKinds[status],
      requested_additional_permissions: false,
      requested_network_access: false,
      ...more,
    },
  };
}

const failureKinds = { completed: null, failed: "tool_error", rejected: "approval_denied" } as const;

const outcomes: Readonly<Record<Approval["decision"], string>> = {
  accept: "user_approved",
  acceptForSession: "user_approved_for_session",
  acceptWithAmendment: "user_approved",
  decline: "user_denied",
  cancel: "user_aborted",
};

function outcomeOf(approval: Approval | undefined): string {
  return approval === undefined ? "unknown" : outcomes[approval.decision];
}

function particularsOf(item: ThreadItem, { settings }: TurnAccount): Particulars | undefined {
  switch (item.type) {
    case "commandExecution":
      return commandParticulars(item, settings?.sandboxPolicy, settings?.model, settings?.effort);
    case "fileChange":
      return {
        type: "codex_file_change_event",
        toolName: "apply_patch",
        status: item.status === "declined" ? "rejected" : item.status === "completed" ? "completed" : "failed",
        more: changeCounts(item.changes),
      };
    case "mcpToolCall":
      return {
        type: "codex_mcp_tool_call_event",
        toolName: item.tool,
        status: item.status === "completed" ? "completed" : "failed",
        ranMs: item.durationMs,
        more: {
          mcp_server_name: item.server,
          mcp_tool_name: item.tool,
          mcp_error_present: item.error !== null,
          plugin_id: null,
          connector_id: null,
          voice_session_id: null,
          elicitation_type: null,
        },
      };
    case "dynamicToolCall":
      return {
        type: "codex_dynamic_tool_call_event",
        toolName: item.tool,
        status: item.success === true ? "completed" : "failed",
        ranMs: item.durationMs,
        more: { dynamic_tool_name: item.tool, success: item.success, ...contentCounts(item.contentItems ?? []) },
      };
    case "imageView":
      return {
        type: "codex_control_tool_call_event",
        toolName: "view_image",
        status: "completed",
        more: { success: true },
      };
    case "webSearch":
      return {
        type: "codex_web_search_event",
        toolName: "web_search",
        isModels: false,
        status: "completed",
        more: searchOf(item),
      };
    default:
      return undefined;
  }
}

function commandParticulars(
  { source, status, durationMs, exitCode, commandActions }: Item<"commandExecution">,
  policy: SandboxPolicy | undefined,
  model: string | undefined,
  effort: string | null | undefined,
): Particulars {
  const isUsers = source === "userShell";
  const isRejected = status === "declined";
  const backend = isRejected || policy === undefined ? null : isUsers ? "none" : sandboxBackend(policy);
  const count = (type: CommandAction["type"]) => commandActions.filter((action) => action.type === type).length;
  return {
    type: "codex_command_execution_event",
    toolName: isUsers ? "user_shell" : source === "unifiedExecStartup" ? "unified_exec" : "shell",
    isModels: !isUsers,
    status: isRejected ? "rejected" : status === "completed" ? "completed" : "failed",
    ranMs: durationMs,
    more: {
      sandbox_backend: backend,
      model_slug: isUsers ? null : (model ?? null),
      reasoning_effort: isUsers ? null : (effort ?? null),
      plugin_id: null,
      script_path: null,
      command_execution_source: source,
      exit_code: exitCode,
      command_total_action_count: commandActions.length,
      command_read_action_count: count("read"),
      command_list_files_action_count: count("listFiles"),
      command_search_action_count: count("search"),
      command_unknown_action_count: count("unknown"),
    },
  };
}

function changeCounts(changes: readonly FileUpdateChange[]): EventParams {
  const count = (fits: (kind: FileUpdateChange["kind"]) => boolean) => changes.filter(({ kind }) => fits(kind)).length;
  const isMove = (kind: FileUpdateChange["kind"]) => kind.type === "update" && kind.move_path !== null;
  return {
    file_change_count: changes.length,
    file_add_count: count(({ type }) => type === "add"),
    file_update_count: count((kind) => kind.type === "update" && !isMove(kind)),
    file_delete_count: count(({ type }) => type === "delete"),
    file_move_count: count(isMove),
  };
}

function contentCounts(items: NonNullable<Item<"dynamicToolCall">["contentItems"]>): EventParams {
  const count = (type: string) => items.filter((item) => item.type === type).length;
  return {
    output_content_item_count: items.length,
    output_text_item_count: count("inputText"),
    output_image_item_count: count("inputImage"),
    output_audio_item_count: count("inputAudio"),
  };
}

const searchActions = { search: "search", openPage: "open_page", findInPage: "find_in_page", other: "other" } as const;

function searchOf({ action, query }: Item<"webSearch">): EventParams {
  const queries = action?.type === "search" ? (action.queries?.length ?? (action.query === null ? 0 : 1)) : 0;
  return {
    web_search_action: action === null ? null : searchActions[action.type],
    query_present: query !== "",
    query_count: queries,
  };
}
