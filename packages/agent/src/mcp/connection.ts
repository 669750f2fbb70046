import { isJsonObject, type JsonObject } from "@switchboard/client";
import { codexVersion, runWithIdentity, type ClientIdentity } from "@switchboard/login";
import {
  type McpServerInfo,
  type McpServerToolCallResponse,
  type Resource,
  type ResourceContent,
  type ResourceTemplate,
  type Tool,
} from "@switchboard/protocol";
import type * as Library from "@modelcontextprotocol/client";
import type { Client, Progress, StandardSchemaV1, Transport } from "@modelcontextprotocol/client";

import { asCallResult, asResource, asResourceContent, asResourceTemplate, asServerInfo, asTool } from "./answers.js";
import { asElicitation, asElicitResult, type Elicit } from "./elicitation.js";
import { atMost, longestMs, timedOut, timeout } from "./deadlines.js";
import { inScopeOf } from "./in-scope-of.js";
import { handshakeError, requestError } from "./library-errors.js";
import { McpError } from "./mcp-error.js";
import type { OpenTransport } from "./open-transport.js";
import { PausableTimer } from "./pausable-timer.js";

/** The official client library; loaded when the first server starts. */
export type McpLibrary = typeof Library;

/** On whose behalf a tool runs. */
export interface McpCaller {
  readonly owner: ClientIdentity;
  readonly threadId: string;
  /** Undefined for a call that no turn makes. */
  readonly turnId: string | undefined;
  /** Asks the clients of the thread what the server wants to know. */
  readonly elicit: Elicit;
}

/** One call of a tool. */
export interface McpCall {
  readonly tool: string;
  readonly arguments: JsonObject | undefined;
  /** Goes along as `_meta`. */
  readonly meta: JsonObject;
  readonly caller: McpCaller;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** More pages than this are not asked for, and more entries not kept. */
const maxPages = 64;
const maxEntries = 1_000;
const maxInstructionsLength = 8 * 1024;
/** More questions at once than this are declined. */
const maxElicitations = 8;
/** The versions we speak, the preferred one first, which is the reference's. */
const protocolVersions = ["2025-06-18", "2025-03-26", "2024-11-05"];

/** One initialized connection to a server, until it ends. */
export class McpConnection {
  readonly #library: McpLibrary;
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #dispose: () => void;
  readonly #owner: ClientIdentity;
  readonly #progress = new Map<number, (progress: Progress) => void>();
  readonly #calls = new Set<{ readonly caller: McpCaller; readonly timer: PausableTimer }>();
  #lastProgressToken = 0;
  #elicitations = 0;
  #tools: readonly Tool[] = [];
  #toolsAreStale = false;
  #isClosed = false;
  /** Called once, when the connection has ended by itself or by `close`. */
  onClosed: (() => void) | undefined;

  /** `owner` is in whose name the server is started, and asked what concerns all who use it. */
  constructor(library: McpLibrary, { transport, dispose }: OpenTransport, owner: ClientIdentity) {
    this.#library = library;
    this.#owner = owner;
    this.#transport = transport;
    this.#dispose = dispose;
    this.#client = new library.Client(
      { name: "codex-mcp-client", title: "Codex", version: codexVersion },
      {
        capabilities: { elicitation: { form: {}, url: {} } },
        supportedProtocolVersions: protocolVersions,
      },
    );
    this.#client.setRequestHandler("elicitation/create", async (request, { mcpReq }) => {
      const elicitation = asElicitation(request);
      return elicitation === undefined ? { action: "decline" } : this.#elicit(elicitation, mcpReq.signal);
    });
    this.#client.setNotificationHandler("notifications/tools/list_changed", () => {
      this.#toolsAreStale = true;
    });
    // The library's own handler forgets a call before it has told of the progress that came with the answer.
    this.#client.setNotificationHandler("notifications/progress", ({ params }) => {
      if (typeof params.progressToken === "number") this.#progress.get(params.progressToken)?.(params);
    });
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the library has this member and no events
    this.#client.onclose = () => {
      this.#isClosed = true;
      this.onClosed?.();
    };
  }

  /** Initializes the session and lists the tools. @throws {@link McpError} */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await inScopeOf(this.#owner, signal, (own) =>
        this.#client.connect(this.#transport, { signal: own, timeout: longestMs }),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw handshakeError(this.#library, error);
    }
    await this.#listTools(signal);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Who the server says it is. */
  get info(): McpServerInfo | null {
    return asServerInfo(this.#client.getServerVersion());
  }

  /** What the server says it can do. */
  get capabilities(): JsonObject {
    return this.#client.getServerCapabilities() ?? {};
  }

  /** What the server says of its tools as a whole, for the model. */
  get instructions(): string | undefined {
    return this.#client.getInstructions()?.slice(0, maxInstructionsLength);
  }

  /** The tools the server had when it was last asked. */
  get tools(): readonly Tool[] {
    return this.#tools;
  }

  /** Asks for the tools again if the server said that they have changed. */
  async refreshTools(signal: AbortSignal): Promise<void> {
    if (!this.#toolsAreStale || this.#isClosed) return;
    this.#toolsAreStale = false;
    await this.#listTools(signal).catch((error: unknown) => {
      this.#toolsAreStale = true;
      throw error;
    });
  }

  /**
   * Calls a tool.
   *
   * @throws {@link McpError}; the signal's reason when it aborts.
   */
  async call({
    tool,
    arguments: args,
    meta,
    caller,
    timeoutMs,
    signal,
    onProgress,
  }: McpCall): Promise<McpServerToolCallResponse> {
    const late = new AbortController();
    const timer = new PausableTimer(timeoutMs, () => late.abort(timedOut("tools/call", timeoutMs)));
    const call = { caller, timer };
    const progressToken = (this.#lastProgressToken += 1);
    this.#calls.add(call);
    this.#progress.set(progressToken, onProgress);
    const params = {
      _meta: { ...meta, progressToken },
      name: tool,
      ...(args === undefined ? {} : { arguments: args }),
    };
    try {
      return asCallResult(
        await this.#request("tools/call", params, AbortSignal.any([signal, late.signal]), caller.owner),
      );
    } finally {
      timer.stop();
      this.#progress.delete(progressToken);
      this.#calls.delete(call);
    }
  }

  /** What a resource holds. @throws {@link McpError} */
  async readResource(uri: string, timeoutMs: number, owner: ClientIdentity): Promise<ResourceContent[]> {
    const { contents } = await this.#request("resources/read", { uri }, timeout("resources/read", timeoutMs), owner);
    if (!Array.isArray(contents)) throw new McpError("mcp_unexpected_answer", "Unexpected response type");
    return contents.flatMap((each) => asResourceContent(each) ?? []);
  }

  /** The resources the server has; none when it has no such thing. @throws {@link McpError} */
  listResources(timeoutMs: number): Promise<Resource[]> {
    return this.#listIfOffered("resources/list", "resources", asResource, timeoutMs);
  }

  /** The templates of resources the server has; none when it has no such thing. @throws {@link McpError} */
  listResourceTemplates(timeoutMs: number): Promise<ResourceTemplate[]> {
    return this.#listIfOffered("resources/templates/list", "resourceTemplates", asResourceTemplate, timeoutMs);
  }

  /** Ends the session and, for one of our own, the process. Never rejects. */
  async close(): Promise<void> {
    const { StreamableHTTPClientTransport } = this.#library;
    const transport = this.#transport;
    if (transport instanceof StreamableHTTPClientTransport && !this.#isClosed) {
      const ended = runWithIdentity(this.#owner, () => transport.terminateSession());
      await atMost(1_000, ended).catch(() => undefined);
    }
    await this.#client.close().catch(() => undefined);
    // A client that never got to connect leaves its transport alone.
    await this.#transport.close().catch(() => undefined);
    this.#dispose();
  }

  async #listTools(signal: AbortSignal): Promise<void> {
    this.#tools =
      this.#client.getServerCapabilities()?.tools === undefined
        ? []
        : await this.#list("tools/list", "tools", asTool, signal);
  }

  async #listIfOffered<T>(
    method: string,
    member: string,
    narrow: (value: unknown) => T | undefined,
    timeoutMs: number,
  ): Promise<T[]> {
    if (this.#client.getServerCapabilities()?.resources === undefined) return [];
    return this.#list(method, member, narrow, timeout(method, timeoutMs));
  }

  /** All pages of a list. Entries that are broken are left out. */
  async #list<T>(
    method: string,
    member: string,
    narrow: (value: unknown) => T | undefined,
    signal: AbortSignal,
  ): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages && found.length < maxEntries; page += 1) {
      const result = await this.#request(method, cursor === undefined ? {} : { cursor }, signal);
      const entries = result[member];
      if (!Array.isArray(entries)) throw new McpError("mcp_unexpected_answer", "Unexpected response type");
      found.push(...entries.slice(0, maxEntries - found.length).flatMap((entry) => narrow(entry) ?? []));
      const { nextCursor } = result;
      if (typeof nextCursor !== "string" || nextCursor === "" || nextCursor === cursor) return found;
      cursor = nextCursor;
    }
    return found;
  }

  async #request(
    method: string,
    params: JsonObject,
    signal: AbortSignal,
    owner: ClientIdentity = this.#owner,
  ): Promise<JsonObject> {
    if (this.#isClosed) throw new McpError("mcp_closed", "Transport closed");
    try {
      return await inScopeOf(owner, signal, (own) =>
        this.#client.request({ method, params }, anyResult, { signal: own, timeout: longestMs }),
      );
    } catch (error) {
      signal.throwIfAborted();
      const failure = requestError(this.#library, error);
      // The session is of no use any more: the next use starts another one.
      if (failure.code === "mcp_closed") void this.close();
      throw failure;
    }
  }

  /**
   * Asks the clients of the thread whose call is in flight. The server does not say which call its
   * question belongs to, so when several threads have calls in flight nobody is asked.
   */
  async #elicit(elicitation: Parameters<Elicit>[0], signal: AbortSignal): Promise<ReturnType<typeof asElicitResult>> {
    const calls = [...this.#calls];
    const [first] = calls;
    const isCertain = first !== undefined && calls.every(({ caller }) => caller.threadId === first.caller.threadId);
    if (!isCertain || this.#elicitations >= maxElicitations) return { action: "decline" };
    this.#elicitations += 1;
    for (const { timer } of calls) timer.pause();
    try {
      return asElicitResult(await first.caller.elicit(elicitation, signal));
    } catch {
      return { action: "decline" };
    } finally {
      for (const { timer } of calls) timer.resume();
      this.#elicitations -= 1;
    }
  }
}

/** Takes any object as a result: what we need of it is narrowed where it is used. */
const anyResult: StandardSchemaV1<unknown, JsonObject> = {
  "~standard": {
    version: 1,
    vendor: "switchboard",
    validate: (value) => (isJsonObject(value) ? { value } : { issues: [{ message: "not an object" }] }),
  },
};
