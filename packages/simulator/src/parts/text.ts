import type { Part } from "../reply.js";
import { message, type MessageOptions } from "./message.js";

/** Options of {@link text}. */
export interface TextOptions extends MessageOptions {
  /** In how many deltas the text comes. Default 1. */
  readonly deltas?: number;
}

/** An assistant message saying `value`. */
export function text(value: string, options: TextOptions = {}): Part {
  return message(pieces(value, options.deltas ?? 1), options);
}

/** Cuts by code points: half a surrogate pair cannot be sent as UTF-8. */
function pieces(value: string, count: number): string[] {
  const points = Array.from(value);
  const wanted = Math.max(1, Math.min(Math.floor(count), points.length));
  return Array.from({ length: wanted }, (_, index) =>
    points
      .slice(Math.floor((index * points.length) / wanted), Math.floor(((index + 1) * points.length) / wanted))
      .join(""),
  );
}
