import type { Ask } from "../ask.js";

/** The questions of a thread that its clients have not answered yet. */
export class Questions {
  readonly #ask: Ask;
  readonly #onWaiting: (isWaiting: boolean) => void;
  #waiting = 0;

  /** `onWaiting` is called when the first question is asked and when the last one is settled. */
  constructor(ask: Ask, onWaiting: (isWaiting: boolean) => void) {
    this.#ask = ask;
    this.#onWaiting = onWaiting;
  }

  /** See {@link Ask}. */
  readonly ask: Ask = async (method, params, signal) => {
    if ((this.#waiting += 1) === 1) this.#onWaiting(true);
    try {
      return await this.#ask(method, params, signal);
    } finally {
      if ((this.#waiting -= 1) === 0) this.#onWaiting(false);
    }
  };
}
