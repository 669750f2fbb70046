import type { ClientIdentity } from "@switchboard/login";
import { messageOf, type McpServerStatus, type McpServerStatusDetail, type Tool } from "@switchboard/protocol";

import type { McpConnection } from "./connection.js";
import { McpError } from "./mcp-error.js";
import { isToolEnabled, type McpServerConfig } from "./server-config.js";
import type { McpServers, ServerLease } from "./server-pool.js";
import { StartupTimeout, type ServerState } from "./shared-server.js";

/** In whose name, and where, servers are used. */
export interface LeaseCircumstances {
  readonly cwd: string;
  readonly owner: ClientIdentity;
}

/** A tool that may be used, with its server. */
export interface OfferedTool {
  readonly server: string;
  readonly tool: string;
  readonly definition: Tool;
  readonly config: McpServerConfig;
}

interface Entry {
  readonly config: McpServerConfig;
  /** Undefined for a server that is switched off. */
  readonly lease: ServerLease | undefined;
}

/** The servers of one configuration while somebody uses them. */
export class LeasedServers {
  readonly #entries = new Map<string, Entry>();

  /** Starts what is not there already. The listener hears of every change of state from now on. */
  constructor(
    pool: McpServers,
    configs: readonly McpServerConfig[],
    circumstances: LeaseCircumstances,
    listener: (server: string, state: ServerState) => void = () => undefined,
  ) {
    for (const config of configs.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name, enabled } = config;
      const lease = enabled ? pool.lease(config, circumstances, (state) => listener(name, state)) : undefined;
      this.#entries.set(name, { config, lease });
    }
  }

  /** The servers that are switched on, with what is known of them. */
  states(): Array<readonly [server: string, state: ServerState]> {
    return [...this.#entries].flatMap(([name, { lease }]) =>
      lease === undefined ? [] : [[name, lease.state] as const],
    );
  }

  /** The names of all servers that are configured, in order. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  configOf(server: string): McpServerConfig | undefined {
    return this.#entries.get(server)?.config;
  }

  /**
   * The connection to a server, once it is there.
   *
   * @throws {@link McpError} `mcp_startup_failed`; undefined for a server that does not exist or is off.
   */
  connection(server: string): Promise<McpConnection> | undefined {
    return this.#entries.get(server)?.lease?.connection();
  }

  /** Resolves when no server is starting any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(
      this.states().flatMap(([name, { kind }]) => (kind === "starting" ? (this.connection(name) ?? []) : [])),
    );
  }

  /** Asks for the tools again where servers said that they have changed. Never rejects. */
  async refreshTools(signal: AbortSignal): Promise<void> {
    await Promise.allSettled(
      this.states().flatMap(([, state]) => (state.kind === "ready" ? state.connection.refreshTools(signal) : [])),
    );
  }

  /** The tools of all servers that are there, or were and will be again. */
  tools(): OfferedTool[] {
    return [...this.#entries].flatMap(([server, { config, lease }]) =>
      usableTools(config, lease?.state).map((definition) => ({ server, tool: definition.name, definition, config })),
    );
  }

  /** What a server that is there, or was, says of its tools as a whole. */
  instructionsOf(server: string): string | undefined {
    return connectionOf(this.#entries.get(server)?.lease?.state)?.instructions;
  }

  /** A server as clients see it. Resources are asked for unless `detail` says otherwise. */
  async describe(
    server: string,
    detail: McpServerStatusDetail,
    withRuntimeStatus: boolean,
  ): Promise<McpServerStatus | undefined> {
    const entry = this.#entries.get(server);
    if (entry === undefined) return undefined;
    const { config, lease } = entry;
    const state = lease?.state;
    const connection = connectionOf(state);
    const live = detail === "full" && state?.kind === "ready" ? state.connection : undefined;
    const [resources, resourceTemplates] = await Promise.all([
      live?.listResources(config.toolTimeoutMs).catch(() => []),
      live?.listResourceTemplates(config.toolTimeoutMs).catch(() => []),
    ]);
    return {
      name: server,
      runtimeStatus: withRuntimeStatus ? runtimeStatus(state) : null,
      pluginId: null,
      httpOrigin: httpOrigin(config),
      serverInfo: connection?.info ?? null,
      serverCapabilities: connection?.capabilities ?? null,
      toolListMeta: null,
      tools: Object.fromEntries(usableTools(config, state).map((tool) => [tool.name, tool])),
      toolsError: state?.kind === "failed" ? startupError(state.error) : null,
      resources: resources ?? [],
      resourceTemplates: resourceTemplates ?? [],
      authStatus: authStatus(config),
    };
  }

  /** Ends the use of all of them. */
  release(): void {
    for (const { lease } of this.#entries.values()) lease?.release();
  }
}

/** Why a server never came up, for those who want to use it. */
export function startupError(error: unknown): string {
  return error instanceof StartupTimeout ? error.message : `MCP startup failed: ${messageOf(error)}`;
}

function connectionOf(state: ServerState | undefined): McpConnection | undefined {
  if (state?.kind === "ready") return state.connection;
  return state?.kind === "ended" ? state.last : undefined;
}

function usableTools(config: McpServerConfig, state: ServerState | undefined): Tool[] {
  return connectionOf(state)?.tools.filter(({ name }) => isToolEnabled(config, name)) ?? [];
}

function runtimeStatus(state: ServerState | undefined): McpServerStatus["runtimeStatus"] {
  switch (state?.kind) {
    case undefined:
      return "disabled";
    case "starting":
      return "starting";
    case "ready":
      return "connected";
    case "failed":
      return "failed";
    case "ended":
      return "notStarted";
  }
}

function httpOrigin({ endpoint }: McpServerConfig): string | null {
  return endpoint.kind === "http" && URL.canParse(endpoint.url) ? new URL(endpoint.url).origin : null;
}

function authStatus({ endpoint }: McpServerConfig): McpServerStatus["authStatus"] {
  if (endpoint.kind === "stdio") return "unsupported";
  const { bearerTokenEnvVar, httpHeaders, envHttpHeaders } = endpoint;
  const names = [...Object.keys(httpHeaders), ...Object.keys(envHttpHeaders)].map((name) => name.toLowerCase());
  return bearerTokenEnvVar !== undefined || names.includes("authorization") ? "bearerToken" : "unknown";
}

/** @throws {@link McpError} for a tool that is switched off. */
export function requireEnabled(config: McpServerConfig, tool: string): void {
  if (isToolEnabled(config, tool)) return;
  throw new McpError("mcp_startup_failed", `tool '${tool}' is disabled for MCP server '${config.name}'`);
}
