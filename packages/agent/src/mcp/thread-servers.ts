import { isJsonObject, pause, type JsonObject } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import {
  messageOf,
  type AskForApproval,
  type McpServerStatus,
  type McpServerStatusDetail,
  type McpServerToolCallResponse,
  type ResourceContent,
} from "@switchboard/protocol";
import type { Progress } from "@modelcontextprotocol/client";

import type { Ask } from "../ask.js";
import type { Emit } from "../emit.js";
import { maysAsk } from "./approval.js";
import type { McpConnection } from "./connection.js";
import type { Elicit, Elicitation } from "./elicitation.js";
import { LeasedServers, requireEnabled, startupError, type OfferedTool } from "./leased-servers.js";
import { McpError, McpRefusal } from "./mcp-error.js";
import type { McpSettings } from "./server-config.js";
import type { McpServers } from "./server-pool.js";
import { StartupTimeout, type ServerState } from "./shared-server.js";

/** The configuration of a thread's servers. */
export interface McpSource {
  readonly settings: McpSettings;
  /** Reads it again, as it is now. */
  readonly reload: () => Promise<McpSettings>;
}

/** What the servers of a thread live in. */
export interface ThreadServersParts {
  readonly threadId: string;
  readonly pool: McpServers;
  readonly source: McpSource;
  readonly cwd: string;
  /** In whose name servers are started that are not there yet. */
  readonly owner: ClientIdentity;
  readonly emit: Emit;
  readonly ask: Ask;
  /** The thread's policy as it stands when a server asks something. */
  readonly approvalPolicy: () => AskForApproval;
}

/** One call of a tool on the thread's behalf. */
export interface ThreadCall {
  readonly server: string;
  readonly tool: string;
  /** As the caller wrote them; anything but an object or nothing is refused. */
  readonly arguments: unknown;
  readonly meta: JsonObject;
  readonly owner: ClientIdentity;
  /** The turn that calls, if one does. */
  readonly turnId: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** A resource that somebody wants to read. */
export interface WantedResource {
  readonly server: string;
  readonly uri: string;
  readonly owner: ClientIdentity;
  readonly signal: AbortSignal;
}

/** The MCP servers as one thread uses them: it tells clients how they start, and calls them for its turns. */
export class ThreadServers {
  readonly #parts: ThreadServersParts;
  /** Tools that the user allowed for as long as the thread is loaded. */
  readonly #allowed = new Set<string>();
  #settings: McpSettings;
  #servers: LeasedServers;
  #isAnnounced = false;
  #isClosed = false;

  constructor(parts: ThreadServersParts) {
    this.#parts = parts;
    this.#settings = parts.source.settings;
    this.#servers = this.#lease(this.#settings, parts.owner);
  }

  /**
   * Waits for the servers without which the thread cannot be.
   *
   * @throws {@link McpError} naming those that did not come up.
   */
  async requireReady(): Promise<void> {
    const failures = await Promise.all(
      this.#settings.servers.map(async ({ name, enabled, required }) => {
        if (!enabled || !required) return undefined;
        return this.#servers.connection(name)?.then(
          () => undefined,
          (error: unknown) => `${name}: ${messageOf(error)}`,
        );
      }),
    );
    const failed = failures.filter((failure) => failure !== undefined);
    if (failed.length > 0) {
      throw new McpError("mcp_startup_failed", `required MCP servers failed to initialize: ${failed.join(", ")}`);
    }
  }

  /** Tells clients how the servers stand, and from now on how they go on. */
  announce(): void {
    this.#isAnnounced = true;
    const states = this.#servers.states();
    for (const [name] of states) this.#tell(name, { kind: "starting" });
    for (const [name, state] of states) if (state.kind !== "starting") this.#tell(name, state);
  }

  /**
   * The tools for a turn. Servers that are starting are waited for, but not for long: a turn goes on
   * without a server that takes its time.
   */
  async offered(signal: AbortSignal): Promise<readonly OfferedTool[]> {
    if (this.#servers.states().length === 0) return [];
    const enough = new AbortController();
    const { startupGraceMs } = this.#settings;
    await Promise.race([
      Promise.all([this.#servers.settled(), this.#servers.refreshTools(AbortSignal.any([signal, enough.signal]))]),
      pause(startupGraceMs, AbortSignal.any([signal, enough.signal])).catch(() => undefined),
    ]);
    enough.abort();
    return this.#servers.tools();
  }

  /** What a server says of its tools as a whole. */
  instructionsOf(server: string): string | undefined {
    return this.#servers.instructionsOf(server);
  }

  /** Whether the user has allowed a tool for this thread already. */
  isAllowed(server: string, tool: string): boolean {
    return this.#allowed.has(`${server}\0${tool}`);
  }

  /** The user allows a tool for this thread. */
  allow(server: string, tool: string): void {
    this.#allowed.add(`${server}\0${tool}`);
  }

  /**
   * Calls a tool. A server that has ended since is started again.
   *
   * @throws {@link McpError}; the signal's reason when it aborts.
   */
  async call({
    server,
    tool,
    arguments: args,
    meta,
    owner,
    turnId,
    signal,
    onProgress,
  }: ThreadCall): Promise<McpServerToolCallResponse> {
    const config = this.#servers.configOf(server);
    const starting = this.#servers.connection(server);
    if (config === undefined || starting === undefined) throw unknownServer(server);
    requireEnabled(config, tool);
    const connection = await connectionOf(starting, signal);
    const what = `tool call failed for \`${server}/${tool}\``;
    if (args !== undefined && args !== null && !isJsonObject(args))
      throw new McpCallFailure(
        what,
        `MCP tool arguments must be a JSON object, got ${JSON.stringify(args).slice(0, 1_000)}`,
      );
    try {
      return await connection.call({
        tool,
        arguments: isJsonObject(args) ? args : undefined,
        meta,
        caller: {
          owner,
          threadId: this.#parts.threadId,
          turnId,
          elicit: (elicitation, asked) => this.#elicit(server, turnId, elicitation, AbortSignal.any([asked, signal])),
        },
        timeoutMs: config.toolTimeoutMs,
        signal,
        onProgress,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof McpError ? new McpCallFailure(what, error.message, error) : error;
    }
  }

  /** What a resource holds. @throws {@link McpError} */
  async readResource(resource: WantedResource): Promise<ResourceContent[]> {
    return readResource(this.#servers, resource);
  }

  /** The names of the configured servers, in order. */
  names(): string[] {
    return this.#servers.names();
  }

  /** A server as clients see it. */
  describe(server: string, detail: McpServerStatusDetail): Promise<McpServerStatus | undefined> {
    return this.#servers.describe(server, detail, true);
  }

  /**
   * Takes the configuration as it is now. Servers that it leaves as they were go on; those that failed are
   * tried again.
   */
  async reload(owner: ClientIdentity): Promise<void> {
    const settings = await this.#parts.source.reload();
    if (this.#isClosed) return;
    const before = this.#servers;
    this.#settings = settings;
    this.#isAnnounced = false;
    this.#servers = this.#lease(settings, owner);
    before.release();
    this.announce();
  }

  /** The thread is gone. */
  close(): void {
    this.#isClosed = true;
    this.#servers.release();
  }

  #lease(settings: McpSettings, owner: ClientIdentity): LeasedServers {
    const { pool, cwd } = this.#parts;
    return new LeasedServers(pool, settings.servers, { cwd, owner }, (name, state) => {
      if (this.#isAnnounced) this.#tell(name, state);
    });
  }

  #elicit(
    server: string,
    turnId: string | undefined,
    elicitation: Elicitation,
    signal: AbortSignal,
  ): ReturnType<Elicit> {
    const { threadId, ask, approvalPolicy } = this.#parts;
    if (!maysAsk(approvalPolicy())) return Promise.resolve(undefined);
    const params = { threadId, turnId: turnId ?? null, serverName: server, ...elicitation };
    return ask("mcpServer/elicitation/request", params, signal);
  }

  #tell(name: string, state: ServerState): void {
    if (state.kind === "ended") return;
    this.#parts.emit("mcpServer/startupStatus/updated", {
      threadId: this.#parts.threadId,
      name,
      status: state.kind,
      error: state.kind === "failed" ? tellFailure(name, state.error) : null,
      failureReason: null,
    });
  }
}

/** A call that got as far as the server, and what came of it. */
export class McpCallFailure extends McpError {
  /** What failed, without why. */
  readonly what: string;
  readonly why: string;

  constructor(what: string, why: string, cause?: McpError) {
    super(cause?.code ?? "mcp_unexpected_answer", `${what}: ${why}`, cause);
    this.what = what;
    this.why = why;
  }

  /** The server's own error, if it answered with one. */
  get refusal(): McpRefusal | undefined {
    return this.cause instanceof McpRefusal ? this.cause : undefined;
  }
}

/** What a resource of one of the servers holds. @throws {@link McpError} */
export async function readResource(
  servers: LeasedServers,
  { server, uri, owner, signal }: WantedResource,
): Promise<ResourceContent[]> {
  const config = servers.configOf(server);
  const starting = servers.connection(server);
  if (config === undefined || starting === undefined) throw unknownServer(server);
  const connection = await connectionOf(starting, signal);
  try {
    return await connection.readResource(uri, config.toolTimeoutMs, owner);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    throw new McpCallFailure(`resources/read failed for \`${server}\` (${uri})`, error.message, error);
  }
}

/** The connection, unless the signal aborts first. */
async function connectionOf(starting: Promise<McpConnection>, signal: AbortSignal): Promise<McpConnection> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([starting, aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw new McpError("mcp_startup_failed", `failed to get client: ${startupError(error)}`, error);
  }
}

function tellFailure(name: string, error: McpError): string {
  return error instanceof StartupTimeout
    ? error.message
    : `MCP client for \`${name}\` failed to start: ${startupError(error)}`;
}

function unknownServer(name: string): McpError {
  return new McpError("mcp_startup_failed", `unknown MCP server '${name}'`);
}
