import type { RequestClient } from "@switchboard/client";
import { codexVersion, type ClientIdentity } from "@switchboard/login";
import type {
  Thread as ThreadDescription,
  ThreadReadState,
  ThreadSettings,
  ThreadStatus,
  ThreadTokenUsage,
  Turn,
  UserInput,
} from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import type { Ask } from "../ask.js";
import { seconds, type Clock } from "../clock.js";
import type { Emit } from "../emit.js";
import type { McpServers } from "../mcp/server-pool.js";
import { ThreadServers, type McpSource } from "../mcp/thread-servers.js";
import { McpTurnTools } from "../mcp/turn-tools.js";
import type { ModelProvider } from "../model-provider.js";
import { modelFacts } from "../models/catalog.js";
import { rateLimitsFrom } from "../models/rate-limits.js";
import { TokenUsage } from "../models/token-usage.js";
import { History } from "../turn/history.js";
import { ItemEvents } from "../turn/item-events.js";
import { modelStream } from "../turn/model-stream.js";
import { ToldContext } from "../turn/told-context.js";
import { TurnControl, type TurnInput } from "../turn/turn-control.js";
import { runTurnLoop, type TurnOutcome } from "../turn/turn-loop.js";
import { TurnRecord } from "../turn/turn-record.js";
import { textOf } from "../turn/user-input.js";
import { Questions } from "./questions.js";
import { ReadState } from "./read-state.js";

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
  readonly baseInstructions: string;
  readonly developerInstructions: string | undefined;
  readonly ephemeral: boolean;
  readonly threadSource: string | null;
  readonly mcp: McpSource;
}

/** What a thread lives in. */
export interface ThreadHost {
  readonly client: RequestClient;
  readonly emit: Emit;
  readonly ask: Ask;
  /** The process's MCP servers, which threads share. */
  readonly mcpServers: McpServers;
  readonly clock: Clock;
  readonly installationId: string;
  /** Headers that the server adds for every owner: residency. */
  readonly residency: string | undefined;
}

/** A turn as it was asked for. */
export interface TurnRequest {
  /** Who asked. All of the turn's requests go out under this identity, whatever happens to the connection. */
  readonly owner: ClientIdentity;
  readonly input: TurnInput;
  readonly outputSchema: unknown;
  readonly clientMetadata: Readonly<Record<string, string>>;
}

/** A turn that is under way. */
interface ActiveTurn {
  readonly record: TurnRecord;
  readonly control: TurnControl;
  /** Settles, never rejects, when the turn has ended. */
  ended: Promise<void>;
}

/** A conversation: its settings, its turns, and what the model knows of it. Lives in memory. */
export class Thread {
  readonly id = uuidv7();
  readonly ephemeral: boolean;
  /** The MCP servers as this thread uses them. */
  readonly mcp: ThreadServers;
  readonly #spec: ThreadSpec;
  readonly #host: ThreadHost;
  readonly #history = new History();
  readonly #turns: TurnRecord[] = [];
  readonly #usage = new TokenUsage();
  readonly #context: ToldContext;
  readonly #readState = new ReadState((readState) =>
    this.#host.emit("thread/readState/changed", { threadId: this.id, readState }),
  );
  readonly #questions: Questions;
  readonly #createdAtMs: number;
  #settings: ThreadSettings;
  #updatedAtMs: number;
  #preview = "";
  #name: string | null = null;
  #status: ThreadStatus = { type: "idle" };
  #active: ActiveTurn | undefined;

  constructor(spec: ThreadSpec, host: ThreadHost) {
    this.#spec = spec;
    this.#host = host;
    this.#settings = spec.settings;
    this.#context = new ToldContext(
      spec.developerInstructions === undefined
        ? [spec.baseInstructions]
        : [spec.baseInstructions, spec.developerInstructions],
    );
    this.ephemeral = spec.ephemeral;
    this.#createdAtMs = host.clock();
    this.#updatedAtMs = this.#createdAtMs;
    this.#questions = new Questions(host.ask, (isWaiting) => {
      if (this.#active === undefined) return;
      this.#setStatus({ type: "active", activeFlags: isWaiting ? ["waitingOnApproval"] : [] });
    });
    this.mcp = new ThreadServers({
      threadId: this.id,
      pool: host.mcpServers,
      source: spec.mcp,
      cwd: spec.settings.cwd,
      owner: spec.creator,
      emit: host.emit,
      ask: this.#questions.ask,
      approvalPolicy: () => this.#settings.approvalPolicy,
    });
  }

  get settings(): ThreadSettings {
    return this.#settings;
  }

  /** Unread turns, for clients that show it; null before the first turn has ended. */
  get readState(): ThreadReadState | null {
    return this.#readState.current;
  }

  get isRunning(): boolean {
    return this.#active !== undefined;
  }

  /** Whether anything was ever said in it. */
  get hasTurns(): boolean {
    return this.#turns.length > 0;
  }

  /** All turns, oldest first, the running one with the items it has finished. */
  describeTurns(): Turn[] {
    return this.#turns.map((turn) => turn.describe("full"));
  }

  /** The tokens used so far with the turn that used the last; undefined before the first response. */
  get tokenUsage(): { readonly turnId: string; readonly tokenUsage: ThreadTokenUsage } | undefined {
    const last = this.#turns.at(-1);
    if (last === undefined || !this.#usage.isKnown) return undefined;
    return { turnId: last.id, tokenUsage: this.#describeUsage() };
  }

  /** The thread as clients see it, without its turns. */
  describe(): ThreadDescription {
    const { creator, serviceOriginator, threadSource } = this.#spec;
    const { cwd, environments, model, modelProvider, effort } = this.#settings;
    return {
      id: this.id,
      environments,
      extra: null,
      sessionId: this.id,
      forkedFromId: null,
      attachedToThreadId: null,
      parentThreadId: null,
      preview: this.#preview,
      ephemeral: this.ephemeral,
      section: null,
      sectionEnteredAt: null,
      projectId: null,
      // In memory only: there is nothing to page through and no file to name.
      historyMode: "legacy",
      modelProvider,
      model,
      reasoningEffort: effort,
      createdAt: seconds(this.#createdAtMs),
      updatedAt: seconds(this.#updatedAtMs),
      recencyAt: seconds(this.#updatedAtMs),
      status: this.#status,
      path: null,
      cwd,
      cliVersion: codexVersion,
      originator: serviceOriginator ?? creator.originator,
      source: "vscode",
      canAcceptDirectInput: true,
      threadSource,
      agentNickname: null,
      agentRole: null,
      gitInfo: null,
      name: this.#name,
      daybreakEnabled: null,
      turns: [],
    };
  }

  /** Changes the settings for this and later turns, and tells those who watch. */
  changeSettings(settings: ThreadSettings): void {
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#host.emit("thread/settings/updated", { threadId: this.id, threadSettings: settings });
  }

  /**
   * Starts a turn; or, while one runs, adds the input to it, in which case the turn keeps its owner.
   * A new turn runs when `run` is called, so that its first event can follow the answer to the request.
   */
  startTurn(request: TurnRequest): { readonly turn: Turn; readonly run: () => void } {
    if (this.#active !== undefined) {
      this.#active.control.steer(request.input);
      return { turn: { ...this.#active.record.describe("none"), startedAt: null }, run: () => undefined };
    }
    if (!modelFacts(this.#settings.model).known) {
      this.#host.emit("warning", {
        threadId: this.id,
        message: `Model metadata for \`${this.#settings.model}\` not found. Defaulting to fallback metadata; this can degrade performance and cause issues.`,
      });
    }
    const record = new TurnRecord(uuidv7());
    const active: ActiveTurn = { record, control: new TurnControl(request.input), ended: Promise.resolve() };
    this.#turns.push(record);
    this.#active = active;
    const run = () => {
      active.ended = this.#run(active, request);
    };
    return { turn: record.describe("none"), run };
  }

  /** Adds input to the running turn; nothing happens when there is none. */
  steer(input: TurnInput): void {
    this.#active?.control.steer(input);
  }

  /**
   * Notes that the thread was read, or is to be read again from its last turn. Undefined when the
   * revision is not the current one: somebody else was quicker.
   */
  markRead(isRead: boolean, expectedRevision: string): ThreadReadState | undefined {
    const last = this.#turns.at(-1);
    return this.#readState.mark(isRead || last === undefined ? null : last.id, expectedRevision);
  }

  /** Names the thread, for lists. */
  rename(name: string): void {
    this.#name = name;
    this.#host.emit("thread/name/updated", { threadId: this.id, threadName: name });
  }

  /** The running turn's id. */
  get activeTurnId(): string | undefined {
    return this.#active?.record.id;
  }

  /** Stops the running turn, if any. `whenEnded` resolves once all its events are out. */
  interrupt(): void {
    this.#active?.control.interrupt();
  }

  /** Stops whatever runs and gives back what the thread holds. */
  close(): void {
    this.interrupt();
    this.mcp.close();
  }

  /** Resolves when no turn runs. */
  async whenIdle(): Promise<void> {
    while (this.#active !== undefined) await this.#active.ended;
  }

  async #run(active: ActiveTurn, request: TurnRequest): Promise<void> {
    const { client, clock, emit, installationId, residency } = this.#host;
    const { record, control } = active;
    record.start(clock());
    this.#setStatus({ type: "active", activeFlags: [] });
    emit("turn/started", { threadId: this.id, turn: record.describe("none") });
    this.#context.update(this.#history, this.#settings, clock());
    const items = new ItemEvents({
      emit,
      clock,
      threadId: this.id,
      turnId: record.id,
      keep: (item) => record.add(item),
    });
    const context = {
      threadId: this.id,
      turnId: record.id,
      installationId,
      settings: this.#settings,
      startedAtMs: clock(),
      clientMetadata: request.clientMetadata,
    };
    const tools = new McpTurnTools({ ...context, servers: this.mcp, emit, ask: this.#questions.ask, clock });
    const stream = modelStream({
      client,
      provider: this.#spec.provider,
      owner: request.owner,
      residency,
      serviceOriginator: this.#serviceOriginatorFor(request.owner),
      context,
      tools,
      outputSchema: request.outputSchema,
    });
    const outcome = await runTurnLoop({
      // Clients see the input at once; only the model has to wait for servers that are starting.
      stream: async (input, receiver, signal) => {
        await tools.prepare(control.signal);
        return stream(input, receiver, signal);
      },
      tools,
      history: this.#history,
      items,
      control,
      streamMaxRetries: this.#spec.provider.streamMaxRetries,
      recordInput: (input) => this.#recordInput(input, items),
      onResponse: ({ headers, reader }) => {
        if (reader.usage !== undefined) this.#usage.add(reader.usage);
        if (this.#usage.isKnown) {
          emit("thread/tokenUsage/updated", {
            threadId: this.id,
            turnId: record.id,
            tokenUsage: this.#describeUsage(),
          });
        }
        emit("account/rateLimits/updated", { rateLimits: rateLimitsFrom(headers) });
      },
      onRetry: (error) => emit("error", { error, willRetry: true, threadId: this.id, turnId: record.id }),
    });
    this.#finish(active, outcome);
  }

  #finish({ record }: ActiveTurn, outcome: TurnOutcome): void {
    const { emit, clock } = this.#host;
    const nowMs = clock();
    this.#active = undefined;
    this.#updatedAtMs = nowMs;
    record.finish(outcome.status, outcome.status === "failed" ? outcome.error : null, nowMs);
    if (outcome.status === "interrupted") {
      this.#history.sayText(
        "user",
        "<turn_aborted>\nThe user stopped the previous turn on purpose. What it had begun may be half done.\n</turn_aborted>",
      );
    }
    if (outcome.status === "failed") {
      this.#setStatus({ type: "systemError" });
      emit("error", { error: outcome.error, willRetry: false, threadId: this.id, turnId: record.id });
    }
    if (outcome.status !== "interrupted" && !this.ephemeral) this.#readState.addTurn(record.id);
    if (outcome.status !== "failed") this.#setStatus({ type: "idle" });
    emit("turn/completed", { threadId: this.id, turn: record.describe("summary") });
  }

  /** Nothing a client sends can set another client's name: the service name is only for its own kind. */
  #serviceOriginatorFor(owner: ClientIdentity): string | undefined {
    const { serviceOriginator, creator } = this.#spec;
    return owner.client?.name === creator.client?.name ? serviceOriginator : undefined;
  }

  #recordInput({ shown, content, clientId }: TurnInput, items: ItemEvents): void {
    if (content.length === 0) return;
    this.#history.say("user", content);
    if (this.#preview === "" && !this.ephemeral) this.#preview = textOf(shown);
    items.startedAndCompleted({ type: "userMessage", id: uuidv7(), clientId, content: shown.map(withTextElements) });
  }

  #describeUsage(): ThreadTokenUsage {
    return this.#usage.describe(modelFacts(this.#settings.model).contextWindow);
  }

  #setStatus(status: ThreadStatus): void {
    this.#status = status;
    this.#host.emit("thread/status/changed", { threadId: this.id, status });
  }
}

/** Clients expect the member that they may leave out. */
function withTextElements(part: UserInput): UserInput {
  return part.type === "text" ? { ...part, text_elements: part.text_elements ?? [] } : part;
}
