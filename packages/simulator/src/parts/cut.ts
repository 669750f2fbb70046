import { part, type Part } from "../reply.js";

/** Where and how {@link cut} breaks the stream. */
export interface CutOptions {
  /**
   * How many events still go out, counted from `response.created`; 0 leaves only the headers.
   * Default: all but the last, so that `response.completed` never comes.
   */
  readonly afterEvents?: number;
  /** `destroy` (default) kills the socket; `end` closes the body in order, as a proxy that gave up does. */
  readonly how?: "destroy" | "end";
}

/** Breaks the stream off before its end. */
export function cut(options: CutOptions = {}): Part {
  return part((draft) => {
    draft.cut = { afterEvents: options.afterEvents, how: options.how ?? "destroy" };
  });
}
