import { messageOf } from "@switchboard/protocol";

import { McpConnection, type McpLibrary } from "./connection.js";
import { longestMs } from "./deadlines.js";
import { McpError } from "./mcp-error.js";
import { openTransport, type McpWorld } from "./open-transport.js";
import type { McpServerConfig } from "./server-config.js";
import type { ServerCircumstances } from "./server-identity.js";

/** What is known of a server. */
export type ServerState =
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly connection: McpConnection }
  /** It never came up; the text is for users. */
  | { readonly kind: "failed"; readonly error: McpError }
  /** It was there and is no more. The next use starts it again. */
  | { readonly kind: "ended"; readonly last: McpConnection };

/** How long a server that nobody uses is kept, in milliseconds: the next thread often comes at once. */
const lingerMs = 2_000;

/** One server with all the threads that use it. It is started once for all of them. */
export class SharedServer {
  readonly config: McpServerConfig;
  readonly #circumstances: ServerCircumstances;
  readonly #world: McpWorld;
  readonly #onUnused: () => void;
  readonly #listeners = new Set<(state: ServerState) => void>();
  readonly #closed = new AbortController();
  #state: ServerState = { kind: "starting" };
  #start: Promise<McpConnection>;
  #linger: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** `onUnused` is called when the server has closed because nobody used it. */
  constructor(config: McpServerConfig, circumstances: ServerCircumstances, world: McpWorld, onUnused: () => void) {
    this.config = config;
    this.#circumstances = circumstances;
    this.#world = world;
    this.#onUnused = onUnused;
    this.#start = this.#open();
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Uses the server until the returned function is called. A server that never came up is tried again. */
  lease(listener: (state: ServerState) => void): () => void {
    clearTimeout(this.#linger);
    if (this.#state.kind === "failed") this.#start = this.#open();
    this.#listeners.add(listener);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#linger = setTimeout(() => {
        this.#onUnused();
        void this.close();
      }, lingerMs).unref();
    };
  }

  /**
   * The connection, once it is there. One that has ended is opened again.
   *
   * @throws {@link McpError} `mcp_startup_failed`
   */
  connection(): Promise<McpConnection> {
    if (this.#state.kind === "ended") this.#start = this.#open();
    return this.#start;
  }

  /** Ends the server for all who use it. */
  close(): Promise<void> {
    clearTimeout(this.#linger);
    this.#closed.abort(new McpError("mcp_startup_failed", "the server is not used any more"));
    this.#closing ??= this.#start.then(
      (connection) => connection.close(),
      () => undefined,
    );
    return this.#closing;
  }

  #open(): Promise<McpConnection> {
    this.#become({ kind: "starting" });
    const start = this.#connect();
    start.then(
      (connection) => {
        connection.onClosed = () => {
          if (this.#state.kind === "ready" && this.#state.connection === connection)
            this.#become({ kind: "ended", last: connection });
        };
        this.#become(connection.isClosed ? { kind: "ended", last: connection } : { kind: "ready", connection });
      },
      (error: unknown) => {
        this.#become({ kind: "failed", error: asMcpError(error) });
      },
    );
    return start;
  }

  async #connect(): Promise<McpConnection> {
    const { startupTimeoutMs, name } = this.config;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(startupTimedOut(name, startupTimeoutMs)),
      Math.min(startupTimeoutMs, longestMs),
    );
    const signal = AbortSignal.any([late.signal, this.#closed.signal]);
    let connection: McpConnection | undefined;
    try {
      const library: McpLibrary = await import("@modelcontextprotocol/client");
      signal.throwIfAborted();
      const opened = openTransport(library, this.config, this.#circumstances, this.#world);
      connection = new McpConnection(library, opened, this.#circumstances.owner);
      await connection.open(signal);
      return connection;
    } catch (error) {
      await connection?.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #become(state: ServerState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** A server was not ready in time. Its message is complete; other failures are told with a prefix. */
export class StartupTimeout extends McpError {}

function startupTimedOut(name: string, ms: number): StartupTimeout {
  return new StartupTimeout(
    "mcp_startup_failed",
    `MCP client for \`${name}\` timed out after ${ms / 1000} seconds. Add or adjust \`startup_timeout_sec\` in your config.toml:\n[mcp_servers.${name}]\nstartup_timeout_sec = XX`,
  );
}

function asMcpError(error: unknown): McpError {
  return error instanceof McpError ? error : new McpError("mcp_startup_failed", messageOf(error), error);
}
