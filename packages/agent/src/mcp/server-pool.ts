import type { ClientIdentity } from "@switchboard/login";

import { McpError } from "./mcp-error.js";
import { surroundingsOf, type McpWorld } from "./open-transport.js";
import type { McpServerConfig } from "./server-config.js";
import { shareKey } from "./server-identity.js";
import { SharedServer, type ServerState } from "./shared-server.js";
import type { McpConnection } from "./connection.js";

/** One use of a server. */
export interface ServerLease {
  readonly state: ServerState;
  /** See {@link SharedServer.connection}. */
  connection(): Promise<McpConnection>;
  /** Ends the use. */
  release(): void;
}

/** All MCP servers of the process, each shared by the threads for which it would be the same. */
export class McpServers {
  readonly #world: McpWorld;
  readonly #servers = new Map<string, SharedServer>();
  /** Servers that close because nobody uses them. */
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(world: McpWorld) {
    this.#world = world;
  }

  /**
   * Uses a server, which is started in the name of `owner` unless it is there already. The listener hears
   * of every change of its state from now on.
   */
  lease(
    config: McpServerConfig,
    { cwd, owner }: { readonly cwd: string; readonly owner: ClientIdentity },
    listener: (state: ServerState) => void,
  ): ServerLease {
    if (this.#isClosed) return failedLease(new McpError("mcp_startup_failed", "the server is shutting down"));
    let surroundings: Record<string, string>;
    try {
      surroundings = surroundingsOf(config, this.#world);
    } catch (error) {
      if (error instanceof McpError) return failedLease(error);
      throw error;
    }
    const circumstances = { cwd, surroundings, owner };
    const key = shareKey(config, circumstances);
    let server = this.#servers.get(key);
    if (server === undefined) {
      const made: SharedServer = new SharedServer(config, circumstances, this.#world, () => this.#forget(key, made));
      server = made;
      this.#servers.set(key, made);
    }
    const shared = server;
    const release = shared.lease(listener);
    return {
      get state() {
        return shared.state;
      },
      connection: () => shared.connection(),
      release,
    };
  }

  /** Ends all servers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all([...servers.map((server) => server.close()), ...this.#closing]);
  }

  #forget(key: string, server: SharedServer): void {
    this.#servers.delete(key);
    const closed = server.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** A server that can only fail. */
function failedLease(error: McpError): ServerLease {
  return {
    state: { kind: "failed", error },
    async connection() {
      throw error;
    },
    release: () => undefined,
  };
}
