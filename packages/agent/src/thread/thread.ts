import type {
  ReviewTarget,
  Thread as ThreadDescription,
  ThreadReadState,
  ThreadSettings,
  ThreadStatus,
  ThreadTokenUsage,
  Turn,
  UserInput,
} from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import type { ThreadCommands } from "../commands/thread-commands.js";
import type { ThreadServers } from "../mcp/thread-servers.js";
import { modelFacts } from "../models/catalog.js";
import { TurnDiff } from "../patch/turn-diff.js";
import type { ThreadRealtime } from "../realtime/thread-realtime.js";
import { reviewTitle } from "../review/review-request.js";
import type { History } from "../turn/history.js";
import { ItemEvents } from "../turn/item-events.js";
import { TurnControl, type TurnInput } from "../turn/turn-control.js";
import type { TurnOutcome } from "../turn/turn-loop.js";
import { TurnRecord } from "../turn/turn-record.js";
import type { ThreadParts, TurnRequest, TurnTask } from "../turn/turn-scope.js";
import { textOf, withAllMembers } from "../turn/user-input.js";
import { prewarm } from "./prewarm.js";
import type { ActiveTurn, ReviewOpening, StartedTurn, TurnKind } from "./active-turn.js";
import { describeThread } from "./describe-thread.js";
import { Questions } from "./questions.js";
import { ReadState } from "./read-state.js";
import { compactionTurn } from "./tasks/compaction.js";
import { reviewTurn } from "./tasks/review.js";
import { runUserCommand, shellCommandTurn } from "./tasks/shell-command.js";
import { userTurn } from "./tasks/user-turn.js";
import { WaitingTurns } from "./waiting-turns.js";
import { makeThreadParts } from "./thread-parts.js";
import type { ThreadHost, ThreadSpec } from "./thread-spec.js";

/** A conversation: its settings, its turns, and what the model knows of it. Lives in memory. */
export class Thread {
  readonly id = uuidv7();
  readonly ephemeral: boolean;
  readonly #parts: ThreadParts;
  readonly #turns: TurnRecord[] = [];
  readonly #readState = new ReadState((readState) =>
    this.#parts.host.emit("thread/readState/changed", { threadId: this.id, readState }),
  );
  readonly #createdAtMs: number;
  #settings: ThreadSettings;
  #updatedAtMs: number;
  #preview = "";
  #name: string | null = null;
  #status: ThreadStatus = { type: "idle" };
  #active: ActiveTurn | undefined;
  readonly #waiting = new WaitingTurns();

  constructor(spec: ThreadSpec, host: ThreadHost) {
    this.#settings = spec.settings;
    this.ephemeral = spec.ephemeral;
    this.#createdAtMs = this.#updatedAtMs = host.clock();
    const questions = new Questions(host.ask, (activeFlags) => {
      if (this.#active !== undefined) this.#setStatus({ type: "active", activeFlags });
    });
    this.#parts = makeThreadParts(spec, host, {
      id: this.id,
      questions,
      settings: () => this.#settings,
      describeTurns: () => this.describeTurns(),
      startTurn: (request) => this.startTurn(request).run(),
    });
  }

  /** The MCP servers as this thread uses them. */
  get mcp(): ThreadServers {
    return this.#parts.mcp;
  }

  /** The commands that the agent left running. */
  get commands(): ThreadCommands {
    return this.#parts.commands;
  }

  /** Its conversation with a realtime model. */
  get realtime(): ThreadRealtime {
    return this.#parts.realtime;
  }

  get settings(): ThreadSettings {
    return this.#settings;
  }

  /** The files that its project instructions are from. */
  get instructionSources(): readonly string[] {
    return this.#parts.spec.projectInstructions.sources;
  }

  /** Gets the WebSocket of the first turn ready, if turns go over one. */
  prewarm(): void {
    prewarm(this.#parts, this.#settings);
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
    const { usage } = this.#parts;
    if (last === undefined || !usage.isKnown) return undefined;
    return { turnId: last.id, tokenUsage: usage.describe(modelFacts(this.#settings.model).contextWindow) };
  }

  /** The thread as clients see it, without its turns. */
  describe(): ThreadDescription {
    return describeThread(this.#parts.spec, {
      id: this.id,
      settings: this.#settings,
      status: this.#status,
      preview: this.#preview,
      name: this.#name,
      createdAtMs: this.#createdAtMs,
      updatedAtMs: this.#updatedAtMs,
    });
  }

  /** Changes the settings for later turns, and tells those who watch. */
  changeSettings(settings: ThreadSettings): void {
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#parts.host.emit("thread/settings/updated", { threadId: this.id, threadSettings: settings });
  }

  /** Changes settings of the running turn only, from its next request on. */
  changeTurnSettings(overrides: Partial<ThreadSettings>): void {
    if (this.#active !== undefined) this.#active.overrides = { ...this.#active.overrides, ...overrides };
  }

  /** Starts a turn; or, while one runs, adds the input to it, in which case the turn keeps its owner. */
  startTurn(request: TurnRequest & { readonly input: TurnInput }): StartedTurn {
    const active = this.#active;
    if (active === undefined) return this.#begin(request, userTurn, "user");
    if (active.kind !== "user" || active.scope.control.signal.aborted) return this.#beginAfter(request);
    active.scope.control.steer(request.input);
    return { turn: { ...active.record.describe("none"), startedAt: null }, run: () => undefined };
  }

  /** Starts a review in this thread. What runs is interrupted first, as in the reference. */
  async startReview(target: ReviewTarget, request: TurnRequest): Promise<StartedTurn> {
    const innerTurnId = uuidv7();
    const review = {
      innerTurnId,
      announce: (items: ItemEvents) =>
        items.startedAndCompleted({ type: "enteredReviewMode", id: uuidv7(), review: reviewTitle(target) }),
    };
    const { turn, run } = await this.#beginInstead(request, reviewTurn(target, innerTurnId), "review", review);
    const content: UserInput[] = [{ type: "text", text: reviewTitle(target), text_elements: [] }];
    return {
      turn: {
        ...turn,
        rootTurnId: null,
        items: [{ type: "userMessage", id: turn.id, clientId: null, content, startedAtMs: null, completedAtMs: null }],
      },
      run,
    };
  }

  /** Puts a summary in the place of the conversation. What runs is interrupted first, as in the reference. */
  async startCompaction(request: TurnRequest): Promise<StartedTurn> {
    return this.#beginInstead(request, compactionTurn, "compact");
  }

  /** Runs a command of the user's: as a turn of its own, or as part of the one that runs. */
  startShellCommand(command: string, timeoutMs: number | undefined, request: TurnRequest): () => void {
    const active = this.#active;
    if (active === undefined) return this.#begin(request, shellCommandTurn(command, timeoutMs), "shell").run;
    return () => {
      void runUserCommand(active.scope, command, timeoutMs);
    };
  }

  /** Adds input to the running turn; nothing happens when there is none. */
  steer(input: TurnInput): void {
    this.#active?.scope.control.steer(input);
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
    this.#parts.host.emit("thread/name/updated", { threadId: this.id, threadName: name });
  }

  /** What the running turn is; only a user's takes input. */
  get activeTurnKind(): TurnKind | undefined {
    return this.#active?.kind;
  }

  /** The running turn's id. */
  get activeTurnId(): string | undefined {
    return this.#active?.record.id;
  }

  /** Stops the running turn, if any, with the commands it started. */
  interrupt(): void {
    this.#active?.scope.control.interrupt();
  }

  /** Calls off a turn that waits for the end of the one that runs. False when there is no such turn. */
  callOff(turnId: string): boolean {
    const record = this.#waiting.take(turnId);
    if (record === undefined) return false;
    record.finish("interrupted", null, this.#parts.host.clock());
    this.#parts.host.emit("turn/completed", { threadId: this.id, turn: record.describe("summary") });
    return true;
  }

  /** Stops the running turn, and lets none begin that waits for its end. */
  endTurns(): void {
    this.#waiting.close();
    this.interrupt();
  }

  /** Stops whatever runs and gives back what the thread holds. */
  async close(): Promise<void> {
    this.endTurns();
    this.#parts.wire.close();
    this.mcp.close();
    await Promise.all([this.realtime.close(), this.commands.close(), this.whenIdle()]);
  }

  /** Resolves when no turn runs. */
  async whenIdle(): Promise<void> {
    while (this.#active !== undefined) await this.#active.ended;
  }

  /** Begins a turn in the place of what runs. Between the last look and the beginning nobody else can begin one. */
  async #beginInstead(
    request: TurnRequest,
    task: TurnTask,
    kind: TurnKind,
    review?: ReviewOpening,
  ): Promise<StartedTurn> {
    for (; this.#active !== undefined; await this.#active.ended) this.interrupt();
    return this.#begin(request, task, kind, review);
  }

  /** Accepts a turn that begins when what runs has ended, because that takes no input. @throws RpcError when too many wait */
  #beginAfter(request: TurnRequest): StartedTurn {
    const record = this.#waiting.add();
    const begin = async (): Promise<void> => {
      while (this.#active !== undefined) await this.#active.ended;
      if (this.#waiting.take(record.id)) this.#begin(request, userTurn, "user", undefined, record).run();
    };
    return { turn: record.describe("none"), run: () => void begin() };
  }

  /** Accepts a turn. `announce` shows what comes before the turn has started, if anything. */
  #begin(
    request: TurnRequest,
    task: TurnTask,
    kind: TurnKind,
    review?: ReviewOpening,
    record = new TurnRecord(uuidv7()),
  ): StartedTurn {
    const { host } = this.#parts;
    if (!modelFacts(this.#settings.model).known) {
      host.emit("warning", {
        threadId: this.id,
        message: `Model metadata for \`${this.#settings.model}\` not found. Defaulting to fallback metadata; this can degrade performance and cause issues.`,
      });
    }
    const active = this.#activate(record, request, kind);
    this.#turns.push(record);
    this.#active = active;
    const run = () => {
      record.start(host.clock());
      review?.announce(active.scope.items);
      this.#setStatus({ type: "active", activeFlags: [] });
      const turn = record.describe("none");
      host.emit("turn/started", {
        threadId: this.id,
        turn: review === undefined ? turn : { ...turn, id: review.innerTurnId, rootTurnId: record.id },
      });
      void task(active.scope).then((outcome) => this.#finish(active, outcome));
    };
    return { turn: record.describe("none"), run };
  }

  #activate(record: TurnRecord, request: TurnRequest, kind: TurnKind): ActiveTurn {
    const { host } = this.#parts;
    const items = new ItemEvents({
      emit: host.emit,
      clock: host.clock,
      threadId: this.id,
      turnId: record.id,
      keep: (item) => {
        record.add(item);
        this.realtime.itemCompleted(item);
      },
    });
    const settings = this.#settings;
    const watch = host.watchTurn?.({
      threadId: this.id,
      turnId: record.id,
      owner: request.owner,
      cwd: settings.cwd,
      model: settings.model,
      trace: request.trace,
      prompt: request.input === undefined ? undefined : textOf(request.input.shown),
    });
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const active: ActiveTurn = {
      record,
      kind,
      overrides: {},
      ended,
      end,
      watch,
      scope: {
        id: record.id,
        thread: this.#parts,
        request,
        control: new TurnControl(request.input),
        items,
        diff: new TurnDiff(settings.cwd),
        startedAtMs: host.clock(),
        traceHeaders: watch?.headers ?? {},
        settings: () => ({ ...settings, ...active.overrides }),
        recordInput: (history, input) => this.#recordInput(history, input, items),
      },
    };
    return active;
  }

  async #finish({ record, end, watch }: ActiveTurn, outcome: TurnOutcome): Promise<void> {
    const { host, history, approvals, notes } = this.#parts;
    if (outcome.status === "interrupted") {
      await this.commands.terminateAll(record.id);
      history.sayText(
        "user",
        "<turn_aborted>\nThe user stopped the previous turn on purpose. The commands it had started were ended, and what it had begun may be half done.\n</turn_aborted>",
      );
    }
    for (const note of notes.splice(0)) history.sayText("user", note);
    approvals.endTurn(record.id);
    const nowMs = host.clock();
    this.#active = undefined;
    this.#updatedAtMs = nowMs;
    record.finish(outcome.status, outcome.status === "failed" ? outcome.error : null, nowMs);
    if (outcome.status === "failed") {
      this.#setStatus({ type: "systemError" });
      host.emit("error", { error: outcome.error, willRetry: false, threadId: this.id, turnId: record.id });
    }
    const hasAnswer = record.hasAgentMessage || outcome.status === "failed";
    if (outcome.status !== "interrupted" && hasAnswer && !this.ephemeral) this.#readState.addTurn(record.id);
    if (outcome.status !== "failed") this.#setStatus({ type: "idle" });
    // What was handed over may be among the turns that wait.
    if (this.#waiting.isEmpty) this.realtime.turnCompleted(outcome.status);
    host.emit("turn/completed", { threadId: this.id, turn: record.describe("summary") });
    watch?.end({ status: outcome.status, items: record.describe("full").items });
    end();
  }

  #recordInput(history: History, { shown, content, clientId }: TurnInput, items: ItemEvents): void {
    if (content.length === 0) return;
    history.say("user", content);
    if (this.#preview === "" && !this.ephemeral && history === this.#parts.history) this.#preview = textOf(shown);
    items.startedAndCompleted({ type: "userMessage", id: uuidv7(), clientId, content: shown.map(withAllMembers) });
  }

  #setStatus(status: ThreadStatus): void {
    this.#status = status;
    this.#parts.host.emit("thread/status/changed", { threadId: this.id, status });
  }
}
