import type { Step } from "./reply.js";

/**
 * Where the byte stream is split: after every so many bytes, after every byte, or at pseudo-random
 * places that a seed repeats exactly.
 */
export type SplitRule = number | "every-byte" | { readonly seed: number };

/** Longest piece that a seeded split makes; short enough to fall inside most events. */
const LONGEST_RANDOM_PIECE = 64;

/** Cuts every write into pieces with a turn of the event loop between them. */
export function splitSteps(steps: readonly Step[], rule: SplitRule): Step[] {
  const nextLength = lengths(rule);
  const result: Step[] = [];
  for (const step of steps) {
    if (step.kind !== "write") {
      result.push(step);
      continue;
    }
    for (let start = 0; start < step.bytes.length;) {
      const end = Math.min(start + nextLength(), step.bytes.length);
      result.push({ kind: "write", bytes: step.bytes.subarray(start, end) }, { kind: "yield" });
      start = end;
    }
  }
  return result;
}

function lengths(rule: SplitRule): () => number {
  if (rule === "every-byte") return () => 1;
  if (typeof rule === "number") {
    const length = Math.max(1, Math.floor(rule));
    return () => length;
  }
  // Mulberry32: small, and the same sequence on every machine.
  let state = rule.seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % LONGEST_RANDOM_PIECE);
  };
}
