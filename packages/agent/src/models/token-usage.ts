import type { ResponseUsage } from "@switchboard/client";
import type { ThreadTokenUsage, TokenUsageBreakdown } from "@switchboard/protocol";

/** Nothing was used. */
export const noTokens: TokenUsageBreakdown = {
  totalTokens: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 0,
  reasoningOutputTokens: 0,
};

/** Counts a thread's tokens over all its responses. */
export class TokenUsage {
  #total = noTokens;
  #last = noTokens;
  #contextTokens = 0;

  /** Adds one response. `fillsContext` says whether it was part of the thread's own conversation. */
  add(usage: ResponseUsage, fillsContext = true): void {
    this.#last = usage;
    if (fillsContext) this.#contextTokens = usage.totalTokens;
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
    return this.#last !== noTokens;
  }

  /** How much of the context the conversation takes, as far as the model has said. */
  get contextTokens(): number {
    return this.#contextTokens;
  }

  /** Notes that the conversation was replaced by a short one, of about so many tokens: clients show how full it is. */
  beginWindow(tokens: number): void {
    this.#contextTokens = tokens;
    this.#last = { ...noTokens, totalTokens: tokens };
  }

  /** The counts as clients get them. */
  describe(modelContextWindow: number): ThreadTokenUsage {
    return { total: this.#total, last: this.#last, modelContextWindow };
  }
}
