import { McpServers, Threads, type Ask, type Clock, type Emit, type Thread } from "@switchboard/agent";
import {
  createRequestClient,
  RealtimeSockets,
  ResponseSockets,
  type NetworkOptions,
  type OnOutbound,
  type RequestClient,
} from "@switchboard/client";
import { OpenaiCredentials, runWithIdentity, type ClientIdentity, type Environment } from "@switchboard/login";
import { Peer, requestIdCounter, type Transport } from "@switchboard/protocol";

import { ConfigStore } from "../config/config-store.js";
import { RulesStore } from "../config/rules-store.js";
import type { JsonTable } from "../config/json.js";
import { Ledger } from "../ledger/ledger.js";
import { LedgerFile } from "../ledger/ledger-file.js";
import type { Logger } from "../log.js";
import { Notifier } from "../telemetry/notifier.js";
import { noRecords, openRecords, type ServerRecords } from "../telemetry/records-of-server.js";
import { AccountWatcher } from "./account-watcher.js";
import { Connection } from "./connection.js";
import { Dispatcher } from "./dispatcher.js";
import { installationId } from "./installation-id.js";
import { requiresOpenaiAuth } from "./requires-openai-auth.js";
import { ServerQuestions } from "./server-questions.js";
import { Subscriptions } from "./subscriptions.js";
import { TimedRefresh } from "./timed-refresh.js";
import { tokenRequest } from "./token-request.js";
import { defaultUnloadDelays, UnloadTimers } from "./unload-timers.js";

/** How long clients have to take their last messages when the server ends, in milliseconds. */
const goodbyeMs = 1_000;

/** What a {@link Server} is made from, complete. */
export interface ServerOptions {
  readonly codexHome: string;
  /** The folder of threads whose client names none. */
  readonly cwd: string;
  readonly environment: Environment;
  readonly configFlags: JsonTable;
  /** The identity of work that no connection asked for, and what its host part says of this machine. */
  readonly defaultIdentity: ClientIdentity;
  readonly network: NetworkOptions;
  readonly residency: string | undefined;
  /** Where the ledger is written to as well. */
  readonly ledgerFile: string | undefined;
  /** Whether there are analytics when the configuration says nothing. */
  readonly analyticsDefaultEnabled: boolean;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The state that all connections of one server share, and the owner of everything it opens. */
export class Server {
  readonly options: ServerOptions;
  readonly config: ConfigStore;
  readonly threads = new Threads();
  readonly subscriptions: Subscriptions;
  readonly requestClient: RequestClient;
  /** The WebSockets to model providers. */
  readonly responseSockets: ResponseSockets;
  /** The WebSockets to realtime endpoints. */
  readonly realtimeSockets: RealtimeSockets;
  /** What leaves the process. */
  readonly ledger: Ledger;
  /** What authenticates to OpenAI. */
  readonly credentials: OpenaiCredentials;
  /** Questions to clients. */
  readonly questions: ServerQuestions;
  /** The MCP servers of all threads. */
  readonly mcpServers: McpServers;
  /** What the user has decided about commands. */
  readonly rules: RulesStore;
  /** Runs what is to be run after turns. */
  readonly notifier: Notifier;
  #records = noRecords;
  readonly #unloadTimers: UnloadTimers;
  readonly #accountWatcher: AccountWatcher;
  readonly #timedRefresh: TimedRefresh;
  readonly #ledgerFile: LedgerFile | undefined;
  readonly #nextRequestId = requestIdCounter();
  #installationId: Promise<string> | undefined;
  #configWarnings: Promise<readonly string[]> | undefined;
  /** Commands of connections that have closed, which are being ended. */
  readonly #ending = new Set<Promise<void>>();
  #lastConnection = 0;
  #isDraining = false;
  #onLastClosed: (() => void) | undefined;

  constructor(options: ServerOptions) {
    const { codexHome, configFlags, environment, log, network } = options;
    this.options = options;
    this.config = new ConfigStore({ codexHome, flags: configFlags });
    this.rules = new RulesStore(codexHome);
    this.subscriptions = new Subscriptions((threadId) => this.#unwatched(threadId));
    this.questions = new ServerQuestions(this.subscriptions, this.#nextRequestId);
    this.#unloadTimers = new UnloadTimers(
      (thread) => this.#unload(thread),
      (threadId) => this.questions.giveUp(threadId),
    );
    this.notifier = new Notifier({ cwd: options.cwd, warn: (text) => log.warn(text) });
    this.ledger = new Ledger({
      clock: options.clock,
      onMismatch: ({ seq, path, host, client, originator, expectedOriginator }) =>
        log.warn(
          `outbound request ${seq} (${path} to ${host}) for ${client ?? "nobody"} went out as ${originator ?? "nobody"} instead of ${expectedOriginator ?? "nobody"}`,
        ),
    });
    if (options.ledgerFile !== undefined) {
      this.#ledgerFile = new LedgerFile(this.ledger, options.ledgerFile, (line) => log.warn(line));
    }
    const onRequest: OnOutbound = (record) => {
      const { method, origin, path, originator } = record;
      log.debug(`${method} ${origin}${path} as ${originator ?? "nobody"}`);
      const noted = this.ledger.record(record);
      const traced = this.#records.telemetry?.ofOutbound(record);
      if (traced === undefined) return noted;
      return (end) => {
        noted?.(end);
        traced(end);
      };
    };
    this.requestClient = createRequestClient({ network, onRequest });
    this.responseSockets = new ResponseSockets({ network, onRequest });
    this.realtimeSockets = new RealtimeSockets({ network, onRequest });
    this.credentials = new OpenaiCredentials({
      codexHome,
      environment,
      post: tokenRequest(this.requestClient, options.residency),
      clock: options.clock,
      warn: (text) => log.warn(text),
    });
    this.#accountWatcher = new AccountWatcher(codexHome, this.credentials, (account) => {
      for (const connection of this.subscriptions.connections) connection.notify("account/updated", account);
    });
    this.#timedRefresh = new TimedRefresh({
      credentials: this.credentials,
      owner: options.defaultIdentity,
      isWanted: () => requiresOpenaiAuth(this),
      warn: (text) => log.warn(text),
    });
    const execServerUrl = environment["CODEX_EXEC_SERVER_URL"]?.trim() ?? "";
    this.mcpServers = new McpServers({
      client: this.requestClient,
      environment,
      execServer: execServerUrl === "" ? undefined : { url: execServerUrl, network, onRequest },
      log: (text) => log.debug(text),
    });
  }

  /** Who keeps records of what happens. */
  get records(): ServerRecords {
    return this.#records;
  }

  /** Starts telemetry and analytics if the configuration asks for them. What is wrong with the configuration is told by others. */
  async openRecords(): Promise<void> {
    const loaded = await this.config.load(undefined).catch(() => undefined);
    if (loaded === undefined) return;
    this.#records = await openRecords(loaded.settings, {
      ...this.options,
      client: this.requestClient,
      credentials: this.credentials,
      warn: (text) => this.options.log.warn(text),
      threadOf: (threadId) => this.threads.get(threadId),
      authMode: () => this.#accountWatcher.authMode,
    });
  }

  /** Whether the server is ending and starts no new work. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** The id of this installation, read on first use. */
  installationId(): Promise<string> {
    return (this.#installationId ??= installationId(this.options.codexHome));
  }

  /**
   * What clients should know of the configuration the server started with.
   *
   * @throws ConfigError when it cannot be used at all.
   */
  configWarnings(): Promise<readonly string[]> {
    const { cwd, defaultIdentity } = this.options;
    return (this.#configWarnings ??= runWithIdentity(defaultIdentity, () => this.config.warnings(cwd)));
  }

  /** Serves a client on a link, until the link ends. */
  accept(transport: Transport): void {
    const { log } = this.options;
    // Each of the three needs the next one; a transport never delivers before this function has returned.
    const peer: Peer = new Peer({
      transport,
      onRequest: (request) => dispatcher.dispatch(request),
      onNotification: (method) => method === "initialized",
      onIncident: (text, cause) =>
        log.warn(`${transport.kind}: ${text}${cause instanceof Error ? `: ${cause.stack ?? cause.message}` : ""}`),
      onClosed: () => {
        this.subscriptions.removeConnection(connection);
        this.#endCommands(connection);
        if (this.subscriptions.connections.size === 0) this.#onLastClosed?.();
      },
      nextRequestId: this.#nextRequestId,
    });
    const connection: Connection = new Connection(
      peer,
      transport.kind,
      (this.#lastConnection += 1),
      this.options.clock(),
    );
    const dispatcher: Dispatcher = new Dispatcher(this, connection);
    this.subscriptions.addConnection(connection);
    this.#accountWatcher.start();
    this.#timedRefresh.start();
  }

  /** How a thread tells of itself. `threadId` is asked late because the thread does not exist yet. */
  emitterFor(threadId: () => string): Emit {
    return (method, params) => {
      this.#records.accounts?.notified(method, params);
      this.subscriptions.emit(threadId(), method, params);
      // A turn that ends with nobody watching starts the wait before the thread is unloaded.
      if (method === "turn/completed" && !this.subscriptions.isWatched(threadId())) this.#unwatched(threadId());
    };
  }

  /** How a thread asks the clients that watch it. */
  askerFor(threadId: () => string): Ask {
    const ask = this.questions.askerFor(threadId);
    return this.#records.accounts?.asking(ask) ?? ask;
  }

  /** Subscribes a connection to a thread, which keeps the thread loaded. */
  watch(thread: Thread, connection: Connection): void {
    // A client may go while the validators of its request are loaded; it would watch for ever.
    if (!this.subscriptions.connections.has(connection)) return;
    this.#unloadTimers.cancel(thread.id);
    this.subscriptions.subscribe(thread.id, connection);
  }

  /**
   * Lets running turns end and requests be answered, for at most `graceMs`, while new work is refused;
   * then ends every connection and everything else.
   */
  async close(graceMs: number): Promise<void> {
    const { connections } = this.subscriptions;
    const answered = () => Promise.all([...connections].map((each) => each.whenAnswered()));
    // What was asked before the end is still done; what comes from now on is not.
    const done = answered().then(() => {
      this.#isDraining = true;
      this.threads.closeRealtime();
      return Promise.all([this.threads.whenIdle(), answered()]);
    });
    await atMost(graceMs, done);
    this.#isDraining = true;
    this.threads.endTurns();
    await this.threads.whenIdle();
    this.#unloadTimers.close();
    await this.threads.close();
    await Promise.all([...connections].map((each) => each.commands.close()));
    const closed = new Promise<void>((resolve) => (this.#onLastClosed = resolve));
    for (const connection of connections) connection.close(1001, "the server is shutting down");
    if (connections.size > 0) await atMost(goodbyeMs, closed);
    this.#timedRefresh.close();
    await this.#accountWatcher.close();
    await this.mcpServers.close();
    // A refresh token that was sent is used up; what came for it should be written.
    await atMost(goodbyeMs, this.credentials.whenIdle());
    this.responseSockets.close();
    this.realtimeSockets.close();
    await Promise.all([this.#records.analytics?.close(), this.#records.telemetry?.close(), this.notifier.close()]);
    await Promise.all([...this.#ending, this.requestClient.close(), this.#installationId]);
    await this.#ledgerFile?.close();
  }

  #endCommands(connection: Connection): void {
    const ended = connection.commands.close().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #unwatched(threadId: string): void {
    const thread = this.threads.get(threadId);
    // A conversation that nobody hears any more would listen on.
    void thread?.realtime.close();
    if (thread === undefined || this.#isDraining) return;
    void this.config
      .load(this.options.cwd)
      .then(({ settings }) => settings.threadUnloadDelaySecs)
      .catch(() => undefined)
      .then((seconds) => {
        if (this.subscriptions.isWatched(threadId)) return;
        this.#unloadTimers.start(
          thread,
          seconds === undefined ? defaultUnloadDelays : { disposable: seconds, conversation: seconds },
        );
      });
  }

  #unload(thread: Thread): void {
    if (this.subscriptions.isWatched(thread.id)) return;
    void this.threads.unload(thread.id);
    this.subscriptions.emit(thread.id, "thread/status/changed", { threadId: thread.id, status: { type: "notLoaded" } });
    this.subscriptions.emit(thread.id, "thread/closed", { threadId: thread.id });
  }
}

/** Waits for the work, or for the time to pass. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
