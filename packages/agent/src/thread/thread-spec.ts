import type { RealtimeSockets, RequestClient, ResponseSockets } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import type { DynamicToolSpec, ThreadSettings } from "@switchboard/protocol";

import type { Ask } from "../ask.js";
import type { Clock } from "../clock.js";
import type { CommandHost } from "../commands/command-host.js";
import type { ProjectInstructions } from "../context/project-instructions.js";
import type { Emit } from "../emit.js";
import type { McpServers } from "../mcp/server-pool.js";
import type { McpSource } from "../mcp/thread-servers.js";
import type { ModelProvider } from "../model-provider.js";
import type { RealtimeSettings } from "../realtime/realtime-request.js";
import type { WatchTurn } from "../turn/turn-watch.js";
import type { ToolOptions } from "../tools/tool-options.js";

/** What a thread is made from. */
export interface ThreadSpec {
  readonly settings: ThreadSettings;
  readonly provider: ModelProvider;
  /** The identity of the connection that made it: the thread's recorded originator. */
  readonly creator: ClientIdentity;
  /**
   * The originator that its turns go out under instead of their owner's, if the owner has the same
   * client name as the creator. From `thread/start.serviceName`.
   */
  readonly serviceOriginator: string | undefined;
  /** Instead of those of the model. */
  readonly baseInstructions: string | undefined;
  readonly developerInstructions: string | undefined;
  /** What `AGENTS.md` files say. */
  readonly projectInstructions: ProjectInstructions;
  readonly ephemeral: boolean;
  readonly threadSource: string | null;
  readonly mcp: McpSource;
  /** Tools that the client brought. */
  readonly dynamicTools: readonly DynamicToolSpec[];
  readonly tools: ToolOptions;
  readonly commands: CommandHost;
  /** Tokens in the context from which on it is compacted; undefined for the model's own limit. */
  readonly autoCompactTokenLimit: number | undefined;
  /** The model that reviews, if not that of the thread. */
  readonly reviewModel: string | undefined;
  /** How its realtime conversations are, as far as clients do not say. */
  readonly realtime: RealtimeSettings;
}

/** What a thread lives in. */
export interface ThreadHost {
  readonly client: RequestClient;
  /** The process's WebSockets to model providers. */
  readonly sockets: ResponseSockets;
  /** The process's WebSockets to realtime endpoints. */
  readonly realtimeSockets: RealtimeSockets;
  readonly emit: Emit;
  readonly ask: Ask;
  /** The process's MCP servers, which threads share. */
  readonly mcpServers: McpServers;
  readonly clock: Clock;
  readonly installationId: string;
  /** Headers that the server adds for every owner: residency. */
  readonly residency: string | undefined;
  /** Is told of turns; nobody by default. */
  readonly watchTurn?: WatchTurn | undefined;
}
