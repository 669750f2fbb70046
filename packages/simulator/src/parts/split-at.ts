import { part, type Part } from "../reply.js";
import type { SplitRule } from "../split-steps.js";

/**
 * Splits the byte stream regardless of events and characters: after every so many bytes, after every
 * byte, or at places a seed decides. Each piece is a chunk and a packet of its own.
 */
export function splitAt(rule: SplitRule): Part {
  return part((draft) => {
    draft.split = rule;
  });
}
