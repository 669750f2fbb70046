export type { Ask } from "./ask.js";
export type { Clock } from "./clock.js";
export type { CommandHost } from "./commands/command-host.js";
export type { CommandRules } from "./commands/command-rules.js";
export { noProjectInstructions, type ProjectInstructions } from "./context/project-instructions.js";
export type { Emit } from "./emit.js";
export { LeasedServers } from "./mcp/leased-servers.js";
export { McpError } from "./mcp/mcp-error.js";
export type {
  McpApprovalMode,
  McpEnvironmentVariable,
  McpServerConfig,
  McpServerEndpoint,
  McpSettings,
} from "./mcp/server-config.js";
export { McpServers } from "./mcp/server-pool.js";
export { McpCallFailure, readResource } from "./mcp/thread-servers.js";
export type { ModelProvider } from "./model-provider.js";
export { sandboxFor, type SandboxContext } from "./permissions/sandbox-for.js";
export { defaultModel, listModels } from "./models/catalog.js";
export { noTokens } from "./models/token-usage.js";
export type { RealtimeRequest, RealtimeSettings } from "./realtime/realtime-request.js";
export { listRealtimeVoices } from "./realtime/voices.js";
export { applySettings, localEnvironment, type ChosenProfile } from "./thread/settings.js";
export type { StartedTurn, TurnKind } from "./thread/active-turn.js";
export { Thread } from "./thread/thread.js";
export type { ThreadHost, ThreadSpec } from "./thread/thread-spec.js";
export { Threads } from "./thread/threads.js";
export type { ToolOptions } from "./tools/tool-options.js";
export type { TurnInput } from "./turn/turn-control.js";
export type { TurnEnd, TurnWatch, WatchedTurn, WatchTurn } from "./turn/turn-watch.js";
export type { TurnRequest } from "./turn/turn-scope.js";
export { textOf, toModelInput, type ModelInput } from "./turn/user-input.js";
export { appendRule } from "./rules/append-rule.js";
export { parseRules } from "./rules/parse-rules.js";
export { mergeRules, noRules, withAllowed, type Rules } from "./rules/rules.js";
