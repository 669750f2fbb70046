import { HeadTail, startCommand, type Command } from "@switchboard/exec/commands";
import type { Sandbox } from "@switchboard/exec/sandbox";
import type { CommandAction, CommandExecutionSource, ThreadBackgroundTerminal } from "@switchboard/protocol";
import { StringDecoder } from "node:string_decoder";

import type { ItemDraft, ItemEvents } from "../turn/item-events.js";
import type { CommandResult } from "./model-output.js";

/** Most bytes of a command's output that are kept, for the model and for its item. What is between head and tail is lost. */
const maxKeptBytes = 1024 * 1024;

/** Most bytes of a command's output that clients are told as it comes. The item at the end has head and tail. */
const maxDeltaBytes = 1024 * 1024;

/** How long the last output is waited for after the end of a command whose output something else still holds. */
const lastOutputMs = 100;

/** The parts of a command's item that do not change. */
export interface CommandItem {
  readonly itemId: string;
  /** The command as clients are shown it. */
  readonly command: string;
  readonly cwd: string;
  readonly actions: readonly CommandAction[];
}

/** What a session is started from. */
export interface SessionSpec {
  readonly id: number;
  readonly turnId: string;
  readonly item: CommandItem;
  /** What the model wrote, for lists. */
  readonly script: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly sandbox: Sandbox;
  readonly items: ItemEvents;
  /** When clients were shown the item already, since they were asked about it. */
  readonly startedAtMs: number | undefined;
  readonly source: CommandExecutionSource;
  /** Ends the start. */
  readonly signal: AbortSignal;
  readonly clock: () => number;
}

type CommandDraft = Extract<ItemDraft, { type: "commandExecution" }>;

/** One command that the agent runs: its output for the model and for clients, until it ends. It may outlive its turn. */
export class CommandSession {
  readonly id: number;
  readonly turnId: string;
  readonly startedAtMs: number;
  readonly #spec: SessionSpec;
  readonly #decoder = new StringDecoder("utf8");
  readonly #all = new HeadTail(maxKeptBytes);
  #unread = new HeadTail(maxKeptBytes);
  #deltaBytes = 0;
  #command: Command | undefined;
  #exitCode: number | undefined;
  #isTerminated = false;
  #endedAtMs: number | undefined;
  #isCompleted = false;
  #completesItself = false;
  readonly #waiting = new Set<() => void>();
  /** Settles when the command has ended and its last output is there. */
  #ended: Promise<void> = Promise.resolve();

  private constructor(spec: SessionSpec) {
    this.id = spec.id;
    this.turnId = spec.turnId;
    this.#spec = spec;
    this.startedAtMs =
      spec.startedAtMs ??
      spec.items.started(this.#draft("inProgress", spec.source === "userShell" ? null : `${spec.id}`));
  }

  /** Starts the command. Clients see its item, also when it cannot be started. @throws as `startCommand` does. */
  static async start(spec: SessionSpec): Promise<CommandSession> {
    const session = new CommandSession(spec);
    try {
      const command = await startCommand(
        {
          argv: spec.argv,
          cwd: spec.item.cwd,
          env: spec.env,
          stdin: spec.tty ? "pipe" : "closed",
          tty: spec.tty ? { rows: 24, columns: 80 } : false,
          sandbox: spec.sandbox,
        },
        { output: (_stream, chunk) => session.#take(chunk) },
      );
      session.#command = command;
      session.#ended = session.#follow(command);
    } catch (error) {
      session.#failToStart(error);
      throw error;
    }
    return session;
  }

  get isRunning(): boolean {
    return this.#endedAtMs === undefined;
  }

  /** Settles when nothing that it left in the background holds its output any more. */
  get closed(): Promise<void> {
    return this.#command?.closed ?? Promise.resolve();
  }

  get tty(): boolean {
    return this.#spec.tty;
  }

  /** All that was printed, with its middle left out if it is long. */
  get output(): string {
    return this.#all.text();
  }

  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** How long it ran, or has been running. */
  get elapsedMs(): number {
    return (this.#endedAtMs ?? this.#spec.clock()) - this.startedAtMs;
  }

  /**
   * What it printed since the last call: waits until it ends, but no longer than given. Rejects with the
   * signal's reason.
   */
  async collect(waitMs: number, signal: AbortSignal): Promise<CommandResult> {
    const from = performance.now();
    if (this.isRunning) await this.#endOr(waitMs, signal);
    signal.throwIfAborted();
    const unread = this.#unread;
    this.#unread = new HeadTail(maxKeptBytes);
    return {
      output: unread.text(),
      outputBytes: unread.totalBytes,
      wallMs: performance.now() - from,
      exitCode: this.isRunning ? undefined : (this.#exitCode ?? -1),
      sessionId: this.id,
    };
  }

  /** Gives text to the command. False when it does not read any more. */
  async write(text: string): Promise<boolean> {
    if (this.#command === undefined || !this.isRunning) return false;
    return (await this.#command.write(Buffer.from(text))) === "accepted";
  }

  /** Sends SIGINT to the command and what it started. */
  interrupt(): void {
    if (this.isRunning) this.#command?.interrupt();
  }

  /** Tells clients what was written to it. */
  announceInput(text: string): void {
    this.#spec.items.terminalInteraction(this.#spec.item.itemId, `${this.id}`, text);
  }

  /** Ends the command with everything it started, and waits until it is gone. */
  async terminate(): Promise<void> {
    if (this.isRunning) this.#isTerminated = true;
    await this.#command?.terminate();
    await this.#ended;
    this.complete();
  }

  /** From now on the item is complete when the command has ended. Until then whoever started it may run it again. */
  release(): void {
    this.#completesItself = true;
    if (!this.isRunning) this.complete();
  }

  /** Shows clients that the item is complete, once. */
  complete(): void {
    if (this.#isCompleted) return;
    this.#isCompleted = true;
    const output = this.output;
    const { items, source } = this.#spec;
    const draft = this.#draft(
      this.#exitCode === 0 ? "completed" : "failed",
      source === "userShell" ? null : `${this.id}`,
    );
    items.completed(
      {
        ...draft,
        aggregatedOutput: output === "" ? null : output,
        exitCode: this.#exitCode ?? -1,
        durationMs: this.elapsedMs,
      },
      this.startedAtMs,
    );
  }

  /** For lists of what runs. */
  describe(): ThreadBackgroundTerminal {
    const { item, script } = this.#spec;
    return {
      itemId: item.itemId,
      processId: `${this.id}`,
      command: script,
      cwd: item.cwd,
      osPid: null,
      cpuPercent: null,
      rssKb: null,
    };
  }

  #take(chunk: Buffer): void {
    this.#all.append(chunk);
    this.#unread.append(chunk);
    const text = this.#decoder.write(chunk);
    if (text === "" || this.#deltaBytes >= maxDeltaBytes) return;
    this.#deltaBytes += chunk.length;
    this.#spec.items.commandOutputDelta(this.#spec.item.itemId, text);
  }

  async #follow(command: Command): Promise<void> {
    const { exitCode } = await command.exited;
    // What it printed last may still be in the pipe; but something it left behind may hold the pipe for ever.
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([command.closed, new Promise((resolve) => (timer = setTimeout(resolve, lastOutputMs)))]);
    clearTimeout(timer);
    this.#exitCode = this.#isTerminated ? -1 : exitCode;
    this.#endedAtMs = this.#spec.clock();
    for (const done of this.#waiting) done();
    if (this.#completesItself) this.complete();
  }

  #failToStart(error: unknown): void {
    const now = this.#spec.clock();
    this.#endedAtMs = now;
    this.#isCompleted = true;
    this.#spec.items.completed(
      {
        ...this.#draft("failed", null),
        aggregatedOutput: error instanceof Error ? error.message : String(error),
        exitCode: -1,
        durationMs: now - this.startedAtMs,
      },
      this.startedAtMs,
    );
  }

  async #endOr(waitMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal.addEventListener("abort", done);
      this.#waiting.add(done);
      if (signal.aborted || !this.isRunning) done();
    });
  }

  #draft(status: CommandDraft["status"], processId: string | null): CommandDraft {
    const { item, source } = this.#spec;
    return commandDraft(item, { status, processId, source });
  }
}

/** The item of a command that has not run. */
export function commandDraft(
  { itemId, command, cwd, actions }: CommandItem,
  state: Pick<CommandDraft, "status" | "processId" | "source">,
): CommandDraft {
  return {
    type: "commandExecution",
    id: itemId,
    pluginId: null,
    scriptPath: null,
    command,
    cwd,
    processId: state.processId,
    source: state.source,
    status: state.status,
    commandActions: [...actions],
    aggregatedOutput: null,
    exitCode: null,
    durationMs: null,
  };
}
