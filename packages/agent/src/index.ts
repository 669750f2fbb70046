export type { Ask } from "./ask.js";
export type { Clock } from "./clock.js";
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
export { defaultModel, listModels } from "./models/catalog.js";
export { applyTurnOverrides, localEnvironment } from "./thread/settings.js";
export { Thread, type ThreadHost, type ThreadSpec, type TurnRequest } from "./thread/thread.js";
export { Threads } from "./thread/threads.js";
export { baseInstructions } from "./turn/base-instructions.js";
export type { TurnInput } from "./turn/turn-control.js";
export { toModelInput, type ModelInput } from "./turn/user-input.js";
