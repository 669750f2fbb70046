/** The longest time that a timer takes. */
const longestMs = 2 ** 31 - 1;

/** One request and its answer, from the first byte to the last: what can end it before its time. */
export class Exchange {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #follows: { readonly signal: AbortSignal; readonly onAbort: () => void } | undefined;

  constructor(timeoutMs: number | undefined) {
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => this.abort(new Error("timeout")), Math.min(timeoutMs, longestMs));
  }

  /** Aborts when the exchange must stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the exchange now. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Lets a signal end the exchange until {@link Exchange.unfollow}. */
  follow(signal: AbortSignal): void {
    signal.throwIfAborted();
    const onAbort = (): void => this.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#follows = { signal, onAbort };
  }

  unfollow(): void {
    this.#follows?.signal.removeEventListener("abort", this.#follows.onAbort);
    this.#follows = undefined;
  }

  /** Lets go of timer and signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.unfollow();
  }
}
