import { invalidRequest } from "@switchboard/protocol";

/** A task that waits for its turn. */
interface Waiting {
  readonly start: () => void;
  readonly drop: () => void;
}

/**
 * Lets at most `width` tasks of a connection run at once and starts them in the order they came. Its length is
 * bounded by the peer, which answers no more than so many requests at a time.
 */
export class WorkQueue {
  readonly #width: number;
  #running = 0;
  #waiting: Waiting[] = [];
  #first = 0;
  #isClosed = false;

  constructor(width: number) {
    this.#width = width;
  }

  /** Runs the task now, if it is its turn, and then costs nothing beyond it; or later. */
  run(task: () => unknown): unknown {
    if (this.#running < this.#width && this.#first === this.#waiting.length) {
      const result = task();
      if (result instanceof Promise) this.#follow(result);
      return result;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        start: () => {
          try {
            const result = task();
            if (!(result instanceof Promise)) return resolve(result);
            // Before the next task starts, which may be done at once: answers keep the order of their ends.
            result.then(resolve, reject);
            this.#follow(result);
          } catch (error) {
            reject(error);
          }
        },
        drop: () => reject(invalidRequest("the connection is closed")),
      });
    });
  }

  /** Drops what waits. What runs goes on. */
  close(): void {
    this.#isClosed = true;
    const dropped = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    for (const { drop } of dropped) drop();
  }

  #follow(running: Promise<unknown>): void {
    this.#running += 1;
    // Not `finally`, whose promise would fail unheard together with the task.
    running.then(this.#next, this.#next);
  }

  readonly #next = (): void => {
    this.#running -= 1;
    while (!this.#isClosed && this.#running < this.#width) {
      const next = this.#waiting[this.#first];
      if (next === undefined) break;
      this.#first += 1;
      next.start();
    }
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
    }
  };
}
