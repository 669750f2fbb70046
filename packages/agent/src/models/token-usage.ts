import type { ResponseUsage } from "@switchboard/client";
import type { ThreadTokenUsage, TokenUsageBreakdown } from "@switchboard/protocol";

const none: TokenUsageBreakdown = {
  totalTokens: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 0,
  reasoningOutputTokens: 0,
};

/** Counts a thread's tokens over all its responses. */
export class TokenUsage {
  #total = none;
  #last = none;

  /** Adds one response. */
  add(usage: ResponseUsage): void {
    this.#last = usage;
    this.#total = {
      totalTokens: this.#total.totalTokens + usage.totalTokens,
      inputTokens: this.#total.inputTokens + usage.inputTokens,
      cachedInputTokens: this.#total.cachedInputTokens + usage.cachedInputTokens,
      cacheWriteInputTokens: this.#total.cacheWriteInputTokens + usage.cacheWriteInputTokens,
      outputTokens: this.#total.outputTokens + usage.outputTokens,
      reasoningOutputTokens: this.#total.reasoningOutputTokens + usage.reasoningOutputTokens,
    };
  }

  /** Whether any response was counted. */
  get isKnown(): boolean {
    return this.#last !== none;
  }

  /** The counts as clients get them. */
  describe(modelContextWindow: number): ThreadTokenUsage {
    return { total: this.#total, last: this.#last, modelContextWindow };
  }
}
