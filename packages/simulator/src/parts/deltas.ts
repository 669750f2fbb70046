import type { Part } from "../reply.js";
import { message } from "./message.js";

/** An assistant message of `count` deltas that all say `piece`, optionally with silence before each. */
export function deltas(count: number, piece: string, delayMs?: number): Part {
  const pieces = Array.from({ length: count }, () => piece);
  return message(pieces, delayMs === undefined ? {} : { delayMs });
}
