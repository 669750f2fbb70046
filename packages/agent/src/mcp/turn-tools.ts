import type { FunctionCallItem, JsonObject } from "@switchboard/client";
import { codexVersion, type ClientIdentity } from "@switchboard/login";
import { messageOf, type McpServerToolCallResponse, type ThreadSettings, type Tool } from "@switchboard/protocol";
import type { Progress } from "@modelcontextprotocol/client";

import type { Ask } from "../ask.js";
import type { Clock } from "../clock.js";
import type { Emit } from "../emit.js";
import type { ItemDraft } from "../turn/item-events.js";
import { unsupportedCall, type ToolCall, type ToolContext, type ToolOutput, type Tools } from "../turn/tools.js";
import { readOnlyHint } from "./answers.js";
import { approvalNeed } from "./approval.js";
import type { OfferedTool } from "./leased-servers.js";
import { McpError } from "./mcp-error.js";
import { McpCallFailure, type ThreadServers } from "./thread-servers.js";
import { modelNames, type Namespace } from "./tool-names.js";
import { failureOutput, toItemResult, toModelOutput } from "./tool-output.js";

/** More messages of progress than this are not passed on for one call. */
const maxProgress = 1_000;
const maxProgressLength = 1_000;

/** What the MCP tools of one turn act through. */
export interface TurnToolsParts {
  readonly servers: ThreadServers;
  /** Whose turn it is. */
  readonly owner: ClientIdentity;
  readonly threadId: string;
  readonly turnId: string;
  readonly startedAtMs: number;
  readonly settings: ThreadSettings;
  readonly emit: Emit;
  readonly ask: Ask;
  readonly clock: Clock;
}

type ToolCallDraft = Extract<ItemDraft, { type: "mcpToolCall" }>;

/** What a call came to: what clients see and what the model is told. */
interface Outcome {
  readonly draft: Pick<ToolCallDraft, "status" | "result" | "error">;
  readonly output: (elapsedMs: number) => ToolOutput;
}

/** The tools of the thread's MCP servers as the model sees them during one turn. */
export class McpTurnTools implements Tools {
  readonly #parts: TurnToolsParts;
  #definitions: readonly JsonObject[] = [];
  #namespaces: ReadonlyMap<string, Namespace<OfferedTool>> = new Map();
  #preparing: Promise<void> | undefined;

  constructor(parts: TurnToolsParts) {
    this.#parts = parts;
  }

  /** Empty until {@link McpTurnTools.prepare} has resolved. */
  get definitions(): readonly JsonObject[] {
    return this.#definitions;
  }

  /**
   * Waits a little for servers that are starting. What is offered then stays the same for the turn: a
   * model is not confused, and the provider's cache holds.
   */
  prepare(signal: AbortSignal): Promise<void> {
    this.#preparing ??= this.#parts.servers.offered(signal).then((offered) => {
      this.#namespaces = modelNames(offered);
      this.#definitions = [...this.#namespaces].sort(byName).map(([name, { server, tools }]) => ({
        type: "namespace",
        name,
        description: this.#parts.servers.instructionsOf(server) ?? `Tools in the ${name} namespace.`,
        tools: [...tools].sort(byName).map(([tool, { definition }]) => definitionOf(tool, definition)),
      }));
    });
    return this.#preparing;
  }

  /** One call at a time, unless the server says otherwise: what its tools share is not known. */
  isParallel(call: ToolCall): boolean {
    return this.#offered(call)?.config.supportsParallelCalls ?? true;
  }

  async call(call: ToolCall, { items, signal }: ToolContext): Promise<ToolOutput> {
    const offered = this.#offered(call);
    if (offered === undefined || call.type !== "function_call") return unsupportedCall(call);
    const { clock } = this.#parts;
    const calledAtMs = clock();
    let args: unknown;
    try {
      args = call.arguments.trim() === "" ? null : JSON.parse(call.arguments);
    } catch (error) {
      return failureOutput(`err: ${messageOf(error)}`, clock() - calledAtMs);
    }
    const draft: ToolCallDraft = {
      type: "mcpToolCall",
      id: call.call_id,
      server: offered.server,
      tool: offered.tool,
      status: "inProgress",
      arguments: args,
      appContext: null,
      mcpAppUi: null,
      pluginId: null,
      readOnlyHint: readOnlyHint(offered.definition),
      result: null,
      error: null,
      durationMs: null,
    };
    const startedAtMs = items.started(draft);
    const outcome = await this.#run(offered, call, args, signal);
    const elapsedMs = clock() - calledAtMs;
    items.completed({ ...draft, ...outcome.draft, durationMs: elapsedMs }, startedAtMs);
    return outcome.output(elapsedMs);
  }

  #offered({ type, name, namespace = "" }: ToolCall): OfferedTool | undefined {
    return type === "function_call" ? this.#namespaces.get(namespace)?.tools.get(name) : undefined;
  }

  async #run(offered: OfferedTool, call: FunctionCallItem, args: unknown, signal: AbortSignal): Promise<Outcome> {
    const refusal = await this.#refusal(offered, args, signal);
    if (refusal !== undefined) return failed(refusal);
    const { servers, owner, turnId } = this.#parts;
    const { server, tool } = offered;
    try {
      return succeeded(
        await servers.call({
          server,
          tool,
          arguments: args,
          meta: this.#meta(call),
          owner,
          turnId,
          signal,
          onProgress: this.#progressOf(call.call_id),
        }),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof McpCallFailure)
        return failed(`tool call error: ${error.what}\n\nCaused by:\n    ${error.why}`);
      if (error instanceof McpError) return failed(`tool call error: ${error.message}`);
      throw error;
    }
  }

  /** Why the call must not be made, after asking the user if need be. */
  async #refusal(
    { server, tool, definition, config }: OfferedTool,
    args: unknown,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { ask, servers, settings, threadId, turnId } = this.#parts;
    const need = approvalNeed(config, definition, settings);
    if (need.kind === "refused") return need.reason;
    if (need.kind === "none" || servers.isAllowed(server, tool)) return undefined;
    const answer = await ask(
      "mcpServer/elicitation/request",
      {
        threadId,
        turnId,
        serverName: server,
        mode: "form",
        _meta: {
          codex_approval_kind: "mcp_tool_call",
          persist: ["session"],
          tool_name: tool,
          ...(definition.annotations === undefined ? {} : { tool_annotations: definition.annotations }),
          ...(definition.title === undefined ? {} : { tool_title: definition.title }),
          ...(definition.description === undefined ? {} : { tool_description: definition.description }),
          tool_params: args ?? {},
          tool_params_display: [],
        },
        message: `Allow the ${server} MCP server to run tool "${tool}"?`,
        requestedSchema: { type: "object", properties: {} },
      },
      signal,
    );
    if (answer?.action === "accept") {
      if (wantsSession(answer._meta)) servers.allow(server, tool);
      return undefined;
    }
    return answer?.action === "cancel" ? "user cancelled MCP tool call" : "user rejected MCP tool call";
  }

  /** Ids for the server's own records. They name no client. */
  #meta({ call_id: callId, id }: FunctionCallItem): JsonObject {
    const { threadId, turnId, settings, startedAtMs } = this.#parts;
    return {
      callId,
      "x-codex-turn-metadata": {
        session_id: threadId,
        thread_id: threadId,
        model: settings.model,
        turn_id: turnId,
        turn_started_at_unix_ms: startedAtMs,
        codex_version: codexVersion,
      },
      threadId,
      sessionId: threadId,
      windowId: `${threadId}:0`,
      ...(id === undefined ? {} : { itemId: id }),
    };
  }

  #progressOf(itemId: string): (progress: Progress) => void {
    const { emit, threadId, turnId } = this.#parts;
    let count = 0;
    return ({ progress, total, message }) => {
      count += 1;
      if (count > maxProgress) return;
      const text = message ?? (total === undefined ? String(progress) : `${progress}/${total}`);
      emit("item/mcpToolCall/progress", { threadId, turnId, itemId, message: text.slice(0, maxProgressLength) });
    };
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function definitionOf(name: string, { inputSchema, description }: Tool): JsonObject {
  return {
    type: "function",
    name,
    description: description ?? "",
    strict: false,
    // A schema without properties is legal for servers but not for the API.
    parameters: { type: "object", properties: {}, ...asObject(inputSchema) },
  };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function wantsSession(meta: unknown): boolean {
  return typeof meta === "object" && meta !== null && "persist" in meta && meta.persist === "session";
}

function succeeded(result: McpServerToolCallResponse): Outcome {
  return {
    draft: { status: result.isError === true ? "failed" : "completed", result: toItemResult(result), error: null },
    output: (elapsedMs) => toModelOutput(result, elapsedMs),
  };
}

function failed(message: string): Outcome {
  return {
    draft: { status: "failed", result: null, error: { message } },
    output: (elapsedMs) => failureOutput(message, elapsedMs),
  };
}
