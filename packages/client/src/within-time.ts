/** How long work may take, and who else may end it. */
export interface TimeLimit {
  readonly limitMs: number;
  /** The reason of an abort by the limit. */
  readonly late: () => Error;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does work that is given up after a time or with a signal: the signal that the work gets then aborts, for the
 * limit's reason or that signal's. When the work is over it never does any more. The work itself must heed it.
 *
 * `AbortSignal.any` with an `AbortSignal.timeout` is no substitute: Node 20 lets go of a timeout that nothing but
 * such a signal refers to, and it never comes.
 */
export async function withinTime<T>(
  { limitMs, late, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(late()), limitMs);
  const giveUp = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
