import type { OutboundEnd, OutboundRecord } from "@switchboard/client";
import type { AuthMode, ThreadItem } from "@switchboard/protocol";

import { BoundedNames } from "../metrics/bounded-names.js";
import { switchboardVersion } from "../version.js";
import type { Approval } from "./approvals.js";
import type { MetricName } from "./metric-names.js";
import type { MetricStore } from "./metric-store.js";
import { attributesOf } from "./records.js";
import { sandboxBackend } from "./sandbox-backend.js";
import type { TurnAccount } from "./turn-accounts.js";

/** What a {@link MetricRecorder} is made from. */
export interface MetricRecorderOptions {
  readonly store: MetricStore;
  /** How the server is signed in, as far as it is known. */
  readonly authMode: () => AuthMode | null;
  /** The model of a connection's turns, if they have one in common. */
  readonly modelOf: (connection: number | undefined) => string | undefined;
}

/** A call of a tool that a turn has made. */
interface ToolCall {
  readonly tool: string;
  readonly hasSucceeded: boolean;
  readonly durationMs: number;
}

/**
 * Turns what happens into the metrics that the reference has, where they can be told from outside the model's loop.
 * The names of clients, models and tools in them are bounded.
 */
export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #originators = new BoundedNames();
  readonly #models = new BoundedNames();
  readonly #tools = new BoundedNames();
  readonly #servers = new BoundedNames();

  constructor(options: MetricRecorderOptions) {
    this.#options = options;
  }

  /** Takes note that the server has started. */
  started(originator: string): void {
    this.#options.store.add("codex.process.start", 1, { originator: this.#originator(originator) });
  }

  /** Takes note of a new thread. */
  threadStarted(originator: string, model: string): void {
    this.#add("codex.thread.started", 1, this.#about(originator, model));
  }

  /** Takes note of a turn that is over. */
  turnEnded({ turn, end, settings, tokens, approvals, ...times }: TurnAccount): void {
    const { startedAtMs, endedAtMs, firstOutputAtMs, firstMessageAtMs } = times;
    const about = this.#about(turn.owner.originator, turn.model);
    this.#add("codex.turn.e2e_duration_ms", endedAtMs - startedAtMs, about);
    if (firstOutputAtMs !== undefined) this.#add("codex.turn.ttft.duration_ms", firstOutputAtMs - startedAtMs, about);
    if (firstMessageAtMs !== undefined) this.#add("codex.turn.ttfm.duration_ms", firstMessageAtMs - startedAtMs, about);
    for (const [type, value] of [
      ["total", tokens.totalTokens],
      ["input", tokens.inputTokens],
      ["cached_input", tokens.cachedInputTokens],
      ["cache_write_input", tokens.cacheWriteInputTokens],
      ["output", tokens.outputTokens],
      ["reasoning_output", tokens.reasoningOutputTokens],
    ] as const) {
      this.#add("codex.turn.token_usage", value, { ...about, token_type: type });
    }
    const policy = settings?.sandboxPolicy;
    const sandbox = { sandbox: policy && sandboxBackend(policy), sandbox_policy: policy && kebab(policy.type) };
    const calls = end.items.flatMap((item) => toolCall(item) ?? []);
    this.#add("codex.turn.tool.call", calls.length, about);
    for (const { tool, hasSucceeded, durationMs } of calls) {
      const call = { ...about, ...sandbox, tool: this.#tools.label(tool), success: String(hasSucceeded) };
      this.#add("codex.tool.call", 1, call);
      this.#add("codex.tool.call.duration_ms", durationMs, call);
    }
    for (const { subject, decision } of approvals) {
      const tool = subject === "file_change" ? "apply_patch" : "unified_exec";
      const approved = approvedNames[decision];
      if (approved !== undefined) this.#add("codex.approval.requested", 1, { ...about, tool, approved });
    }
    for (const item of end.items) {
      if (item.type === "enteredReviewMode") this.#add("codex.task.review", 1, about);
      if (item.type === "contextCompaction") {
        this.#add("codex.task.compact", 1, { ...about, type: "local", manual: String(turn.prompt === undefined) });
      }
      if (item.type !== "mcpToolCall") continue;
      const [server, tool] = [this.#servers.label(item.server), this.#tools.label(item.tool)];
      const call = { ...about, server, tool, status: item.status === "completed" ? "ok" : "error" };
      this.#add("codex.mcp.call", 1, call);
      this.#add("codex.mcp.call.duration_ms", durationOf(item), call);
    }
  }

  /** Takes note of a request that leaves. If it is one to a model, the function it gives is to be called when it is over. */
  requested(record: OutboundRecord): ((end: OutboundEnd, durationMs: number) => void) | undefined {
    const { kind, method, originator, attribution } = record;
    if (kind !== "responses" && kind !== "responses-websocket") return undefined;
    // Its turn may be over before the last byte of the answer is.
    const about = this.#about(originator, this.#options.modelOf(attribution?.connection));
    return ({ status, failure }, durationMs) => {
      const success = String(failure === undefined && status !== undefined && status < 400);
      if (kind === "responses") {
        const request = { ...about, status: status === undefined ? "none" : String(status), success };
        this.#add("codex.api_request", 1, request);
        this.#add("codex.api_request.duration_ms", durationMs, request);
      } else if (method !== "GET") {
        this.#add("codex.websocket.request", 1, { ...about, success });
        this.#add("codex.websocket.request.duration_ms", durationMs, { ...about, success });
      } else {
        const handshake = { ...about, reauth: "false", success };
        this.#add("codex.websocket.connect", 1, handshake);
        this.#add("codex.websocket.connect.duration_ms", durationMs, handshake);
      }
    };
  }

  #add(name: MetricName, value: number, attributes: Readonly<Record<string, string | undefined>>): void {
    this.#options.store.add(name, value, attributesOf(attributes));
  }

  #about(originator: string | undefined, model: string | undefined): Readonly<Record<string, string | undefined>> {
    const mode = this.#options.authMode();
    return {
      "app.version": switchboardVersion,
      auth_mode: mode === null ? undefined : (authModes[mode] ?? mode),
      model: model === undefined ? undefined : this.#models.label(model),
      originator: originator === undefined ? undefined : this.#originator(originator),
      session_source: "vscode",
    };
  }

  /** Written as the reference writes it in metrics, and bounded. */
  #originator(name: string): string {
    return this.#originators.label(name.replaceAll(/[^\w./-]/gu, "_"));
  }
}

const approvedNames: Readonly<Record<Approval["decision"], string | undefined>> = {
  accept: "approved",
  acceptForSession: "approved_for_session",
  acceptWithAmendment: "approved_with_amendment",
  decline: "denied",
  // As in the reference, which does not count what was called off.
  cancel: undefined,
};

const authModes: Readonly<Record<string, string>> = { chatgpt: "Chatgpt", apikey: "ApiKey" };

function toolCall(item: ThreadItem): ToolCall | undefined {
  switch (item.type) {
    case "commandExecution":
      // What the user typed is no tool call. That a command ended badly is no failure of the tool.
      if (item.source === "userShell") return undefined;
      return { tool: "exec_command", hasSucceeded: item.status !== "declined", durationMs: durationOf(item) };
    case "fileChange":
      return { tool: "apply_patch", hasSucceeded: item.status === "completed", durationMs: durationOf(item) };
    case "mcpToolCall":
      return {
        tool: `mcp__${item.server}__${item.tool}`,
        hasSucceeded: item.status === "completed",
        durationMs: durationOf(item),
      };
    case "dynamicToolCall":
      return { tool: item.tool, hasSucceeded: item.success === true, durationMs: durationOf(item) };
    case "imageView":
      return { tool: "view_image", hasSucceeded: true, durationMs: durationOf(item) };
    default:
      return undefined;
  }
}

function durationOf(item: ThreadItem): number {
  if ("durationMs" in item && item.durationMs !== null) return item.durationMs;
  return Math.max(0, (item.completedAtMs ?? 0) - (item.startedAtMs ?? 0));
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
