import type { ThreadItem } from "@switchboard/protocol";

import type { Clock } from "../clock.js";
import type { Emit } from "../emit.js";

/** An item without the times, which are filled in as it starts and completes. */
export type ItemDraft = ThreadItem extends infer T
  ? T extends ThreadItem
    ? Omit<T, "startedAtMs" | "completedAtMs">
    : never
  : never;

/** Tells clients of one turn's items as they start, grow and complete. */
export class ItemEvents {
  readonly #emit: Emit;
  readonly #clock: Clock;
  readonly #threadId: string;
  readonly #turnId: string;
  readonly #keep: (item: ThreadItem) => void;

  constructor(parts: {
    readonly emit: Emit;
    readonly clock: Clock;
    readonly threadId: string;
    readonly turnId: string;
    /** Takes each completed item. */
    readonly keep: (item: ThreadItem) => void;
  }) {
    this.#emit = parts.emit;
    this.#clock = parts.clock;
    this.#threadId = parts.threadId;
    this.#turnId = parts.turnId;
    this.#keep = parts.keep;
  }

  /** Announces an item and returns when it started. */
  started(draft: ItemDraft): number {
    const startedAtMs = this.#clock();
    const item: ThreadItem = { ...draft, startedAtMs, completedAtMs: null };
    this.#emit("item/started", { item, threadId: this.#threadId, turnId: this.#turnId, startedAtMs });
    return startedAtMs;
  }

  /** Announces that an item is complete, and keeps it. */
  completed(draft: ItemDraft, startedAtMs: number): void {
    const completedAtMs = this.#clock();
    const item: ThreadItem = { ...draft, startedAtMs, completedAtMs };
    this.#keep(item);
    this.#emit("item/completed", {
      item,
      threadId: this.#threadId,
      turnId: this.#turnId,
      contentTokenCount: null,
      completedAtMs,
    });
  }

  /** An item that is complete as it starts. */
  startedAndCompleted(draft: ItemDraft): void {
    this.completed(draft, this.started(draft));
  }

  agentMessageDelta(itemId: string, delta: string): void {
    this.#emit("item/agentMessage/delta", { threadId: this.#threadId, turnId: this.#turnId, itemId, delta });
  }

  planDelta(itemId: string, delta: string): void {
    this.#emit("item/plan/delta", { threadId: this.#threadId, turnId: this.#turnId, itemId, delta });
  }

  commandOutputDelta(itemId: string, delta: string): void {
    this.#emit("item/commandExecution/outputDelta", {
      threadId: this.#threadId,
      turnId: this.#turnId,
      itemId,
      delta,
    });
  }

  terminalInteraction(itemId: string, processId: string, stdin: string): void {
    this.#emit("item/commandExecution/terminalInteraction", {
      threadId: this.#threadId,
      turnId: this.#turnId,
      itemId,
      processId,
      stdin,
    });
  }

  reasoningSummaryPartAdded(itemId: string, summaryIndex: number): void {
    this.#emit("item/reasoning/summaryPartAdded", {
      threadId: this.#threadId,
      turnId: this.#turnId,
      itemId,
      summaryIndex,
    });
  }

  reasoningSummaryTextDelta(itemId: string, delta: string, summaryIndex: number): void {
    this.#emit("item/reasoning/summaryTextDelta", {
      threadId: this.#threadId,
      turnId: this.#turnId,
      itemId,
      delta,
      summaryIndex,
    });
  }

  reasoningTextDelta(itemId: string, delta: string, contentIndex: number): void {
    this.#emit("item/reasoning/textDelta", {
      threadId: this.#threadId,
      turnId: this.#turnId,
      itemId,
      delta,
      contentIndex,
    });
  }
}
