import { part, type Part } from "../reply.js";

/** Token counts of one answer. */
export interface TokenCounts {
  /** Default 100. */
  readonly inputTokens?: number;
  /** Of the input, read from the cache. Default 0. */
  readonly cachedTokens?: number;
  /** Of the input, written to the cache. Left out unless given. */
  readonly cacheWriteTokens?: number;
  /** Default 10. */
  readonly outputTokens?: number;
  /** Of the output, spent on reasoning. Default 0. */
  readonly reasoningTokens?: number;
}

/** Sets what `response.completed` reports as `usage`. */
export function usage(counts: TokenCounts): Part {
  return part((draft) => {
    draft.usage = tokenUsage(counts);
  });
}

/** The `usage` object of the Responses API. */
export function tokenUsage(counts: TokenCounts): Record<string, unknown> {
  const input = counts.inputTokens ?? 100;
  const output = counts.outputTokens ?? 10;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: counts.cachedTokens ?? 0,
      ...(counts.cacheWriteTokens === undefined ? {} : { cache_write_tokens: counts.cacheWriteTokens }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: counts.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
