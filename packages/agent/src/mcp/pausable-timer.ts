import { longestMs } from "./deadlines.js";

/** A limit of time that stands still while it is paused, for example while a person is asked something. */
export class PausableTimer {
  readonly #onEnd: () => void;
  #leftMs: number;
  #startedAtMs = 0;
  #pauses = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onEnd: () => void) {
    this.#leftMs = ms;
    this.#onEnd = onEnd;
    this.#run();
  }

  /** Stops the time until each pause has been resumed. */
  pause(): void {
    this.#pauses += 1;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#startedAtMs;
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#run();
  }

  /** Ends it without calling anybody. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pauses = Number.POSITIVE_INFINITY;
  }

  #run(): void {
    this.#startedAtMs = performance.now();
    this.#timer = setTimeout(this.#onEnd, Math.min(Math.max(this.#leftMs, 0), longestMs));
  }
}
