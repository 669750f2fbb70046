import type { JsonObject } from "@switchboard/client";
import type { ThreadSettings } from "@switchboard/protocol";

import type { McpTurnTools } from "../mcp/turn-tools.js";
import { modelFacts } from "../models/catalog.js";
import type { ThreadSpec } from "../thread/thread-spec.js";
import type { ToolCall, ToolContext, ToolOutput, Tools } from "../turn/tools.js";
import type { TurnScope } from "../turn/turn-scope.js";
import { applyPatch, applyPatchDefinition } from "./apply-patch.js";
import { dynamicToolDefinitions, dynamicTools } from "./dynamic-tools.js";
import { execCommand, execCommandDefinition } from "./exec-command.js";
import { requestPermissions, requestPermissionsDefinition } from "./request-permissions.js";
import { requestUserInput, requestUserInputDefinition } from "./request-user-input.js";
import { shell, shellDefinition } from "./shell.js";
import { ToolBox, type Tool } from "./tool.js";
import type { ToolParts } from "./tool-parts.js";
import { updatePlan, updatePlanDefinition } from "./update-plan.js";
import { viewImage, viewImageDefinition } from "./view-image.js";
import { webSearchDefinitions } from "./web-search.js";
import { writeStdin, writeStdinDefinition } from "./write-stdin.js";

/** Everything the model may ask for during a turn: our tools, the client's and those of MCP servers. */
export function turnTools(scope: TurnScope, settings: () => ThreadSettings, mcp: McpTurnTools): Tools {
  const { thread, id, control, diff } = scope;
  const { spec, host, commands, approvals, questions } = thread;
  const parts: ToolParts = {
    threadId: thread.id,
    turnId: id,
    settings,
    emit: host.emit,
    questions,
    clock: host.clock,
    host: spec.commands,
    commands,
    approvals,
    diff,
    interrupt: () => control.interrupt(),
  };
  const own = offered(spec, settings()).map(([make]) => make(parts));
  const box = new ToolBox([...own, ...dynamicTools(spec.dynamicTools, parts)], toolDefinitions(spec, settings()));
  return new JoinedTools(box, mcp);
}

/** What the model is told of our tools and the client's. */
export function toolDefinitions(spec: ThreadSpec, settings: ThreadSettings): readonly JsonObject[] {
  return [
    ...offered(spec, settings).map(([, definition]) => definition),
    ...dynamicToolDefinitions(spec.dynamicTools),
    ...webSearchDefinitions(spec.tools.webSearch),
  ];
}

type Offer = readonly [make: (parts: ToolParts) => Tool, definition: JsonObject];

/** The tools of ours in the order in which they are offered. A thread without an environment has none that need one. */
function offered({ tools: wanted }: ThreadSpec, { environments, model }: ThreadSettings): readonly Offer[] {
  const { commandTool, hasPatchTool } = modelFacts(model);
  const hasEnvironment = environments?.length !== 0;
  const tools: Offer[] = [];
  if (hasEnvironment && commandTool === "shell") tools.push([shell, shellDefinition]);
  if (hasEnvironment && commandTool === "exec_command") {
    tools.push([execCommand, execCommandDefinition], [writeStdin, writeStdinDefinition]);
  }
  if (wanted.updatePlan) tools.push([updatePlan, updatePlanDefinition]);
  tools.push([requestUserInput, requestUserInputDefinition]);
  if (wanted.requestPermissions) tools.push([requestPermissions, requestPermissionsDefinition]);
  if (hasEnvironment && hasPatchTool) tools.push([applyPatch, applyPatchDefinition]);
  if (hasEnvironment) tools.push([viewImage, viewImageDefinition]);
  return tools;
}

/** Tools of ours first; what they are not is looked for among those of MCP servers, which may still be starting. */
class JoinedTools implements Tools {
  readonly #own: ToolBox;
  readonly #mcp: McpTurnTools;

  constructor(own: ToolBox, mcp: McpTurnTools) {
    this.#own = own;
    this.#mcp = mcp;
  }

  get definitions(): readonly JsonObject[] {
    return [...this.#own.definitions, ...this.#mcp.definitions];
  }

  isParallel(call: ToolCall): boolean {
    return this.#own.has(call) ? this.#own.isParallel(call) : this.#mcp.isParallel(call);
  }

  call(call: ToolCall, context: ToolContext): Promise<ToolOutput> {
    return this.#own.has(call) ? this.#own.call(call, context) : this.#mcp.call(call, context);
  }
}
