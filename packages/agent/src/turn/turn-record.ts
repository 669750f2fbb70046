import type { ThreadItem, Turn, TurnError, TurnStatus } from "@switchboard/protocol";

import { seconds } from "../clock.js";

/** How much of a turn's items a description shows. */
type View = "full" | "summary" | "none";

/** What is kept of a turn: its state and its finished items, for those who ask later. */
export class TurnRecord {
  readonly id: string;
  readonly #items: ThreadItem[] = [];
  #status: TurnStatus = "inProgress";
  #error: TurnError | null = null;
  #startedAtMs: number | undefined;
  #completedAtMs: number | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get status(): TurnStatus {
    return this.#status;
  }

  /** Whether the agent said anything. */
  get hasAgentMessage(): boolean {
    return this.#items.some(({ type }) => type === "agentMessage");
  }

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** Keeps a finished item. */
  add(item: ThreadItem): void {
    this.#items.push(item);
  }

  finish(status: TurnStatus, error: TurnError | null, nowMs: number): void {
    this.#status = status;
    this.#error = error;
    this.#completedAtMs = nowMs;
  }

  /**
   * The turn as clients see it: with all finished items, with a summary (the last message of the
   * agent, for a completed turn), or with none.
   */
  describe(view: View): Turn {
    const shown = this.#shownItems(view);
    return {
      id: this.id,
      rootTurnId: this.id,
      items: shown,
      itemsView: view === "full" ? "full" : shown.length > 0 ? "summary" : "notLoaded",
      status: this.#status,
      error: this.#error,
      startedAt: this.#startedAtMs === undefined ? null : seconds(this.#startedAtMs),
      completedAt: this.#completedAtMs === undefined ? null : seconds(this.#completedAtMs),
      durationMs:
        this.#startedAtMs === undefined || this.#completedAtMs === undefined
          ? null
          : this.#completedAtMs - this.#startedAtMs,
    };
  }

  #shownItems(view: View): ThreadItem[] {
    if (view === "full") return [...this.#items];
    if (view === "none" || this.#status !== "completed") return [];
    const last = this.#items.findLast(({ type }) => type === "agentMessage");
    return last === undefined ? [] : [last];
  }
}
