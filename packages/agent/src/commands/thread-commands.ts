import type { ThreadBackgroundTerminal } from "@switchboard/protocol";

import { CommandSession, type SessionSpec } from "./command-session.js";

/** Most commands of one thread that run at a time. As in the reference. */
const maxSessions = 64;

/** Most commands of one thread that have ended but left something in the background. */
const maxLeftBehind = 64;

/**
 * The commands of one thread: those that run, those whose end the model has not heard of yet, and those that left
 * something in the background that still holds their output, which ends with the thread.
 */
export class ThreadCommands {
  readonly #sessions = new Map<number, CommandSession>();
  readonly #leftBehind = new Set<CommandSession>();
  #isClosed = false;

  /**
   * Starts a command. When too many run, the one that was least recently looked at is ended; its clients
   * see it fail.
   *
   * @throws SwitchboardError as `startCommand` of `@switchboard/exec/commands` does.
   */
  async start(spec: Omit<SessionSpec, "id">): Promise<CommandSession> {
    spec.signal.throwIfAborted();
    const session = await CommandSession.start({ ...spec, id: this.#newId() });
    if (this.#isClosed || spec.signal.aborted) {
      await session.terminate();
      spec.signal.throwIfAborted();
    }
    this.#sessions.set(session.id, session);
    this.#leftBehind.add(session);
    void session.closed.then(() => this.#leftBehind.delete(session));
    await this.#makeRoom();
    return session;
  }

  /** A session that the model may still ask for; it counts as looked at. */
  get(id: number): CommandSession | undefined {
    const session = this.#sessions.get(id);
    if (session !== undefined) {
      this.#sessions.delete(id);
      this.#sessions.set(id, session);
    }
    return session;
  }

  /** Forgets a session whose end the model has heard of. */
  forget(id: number): void {
    this.#sessions.delete(id);
  }

  /** The commands that run, for clients, oldest first. */
  describe(): ThreadBackgroundTerminal[] {
    return this.#running()
      .sort((a, b) => a.startedAtMs - b.startedAtMs)
      .map((session) => session.describe());
  }

  /** Ends one command; false when none of this id runs. */
  async terminate(id: number): Promise<boolean> {
    const session = this.#sessions.get(id);
    if (session === undefined || !session.isRunning) return false;
    this.#sessions.delete(id);
    await session.terminate();
    return true;
  }

  /** Ends all commands that run; with a turn's id, only those that it started. */
  async terminateAll(turnId?: string): Promise<void> {
    const ended = [...this.#leftBehind].filter((session) => turnId === undefined || session.turnId === turnId);
    for (const { id } of ended) this.#sessions.delete(id);
    await Promise.all(ended.map((session) => session.terminate()));
  }

  /** Ends everything, now and later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.terminateAll();
  }

  #running(): CommandSession[] {
    return [...this.#sessions.values()].filter(({ isRunning }) => isRunning);
  }

  async #makeRoom(): Promise<void> {
    while (this.#sessions.size > maxSessions) {
      const all = [...this.#sessions.values()];
      const oldest = all.find(({ isRunning }) => !isRunning) ?? all[0];
      if (oldest === undefined) return;
      this.#sessions.delete(oldest.id);
      await oldest.terminate();
    }
    const ended = [...this.#leftBehind].filter(({ isRunning }) => !isRunning);
    await Promise.all(ended.slice(0, Math.max(0, ended.length - maxLeftBehind)).map((session) => session.terminate()));
  }

  /** A number that models can copy without a slip. */
  #newId(): number {
    for (;;) {
      const id = 1_000 + Math.floor(Math.random() * 99_000);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
