import type { RecordedRequest } from "./recorded-request.js";

/** A test on a recorded request. */
export type RequestPredicate = (request: RecordedRequest) => boolean;

/** How long {@link RequestLog.waitFor} waits. */
export interface WaitOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/** Keeps what arrived, and lets others wait for what has not. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  /** How many ever arrived; more than `requests` when old ones are dropped. */
  count = 0;

  readonly #keep: number;
  readonly #waiters = new Set<{ check: (request: RecordedRequest) => void; cancel: () => void }>();

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(request: RecordedRequest): void {
    this.count += 1;
    this.requests.push(request);
    // Checked before dropping, so that waiting works even when nothing is kept.
    for (const waiter of this.#waiters) waiter.check(request);
    if (this.requests.length > this.#keep) this.requests.shift();
  }

  /** See `Simulator.waitForRequest`. */
  async waitFor(wanted: RequestPredicate | number, options: WaitOptions = {}): Promise<RecordedRequest> {
    const matches: RequestPredicate = typeof wanted === "number" ? (request) => request.index === wanted - 1 : wanted;
    const past = this.requests.find(matches);
    if (past !== undefined) return past;
    const timeoutMs = options.timeoutMs ?? 10_000;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const fail = (why: string): void => {
        stop();
        const what = typeof wanted === "number" ? `request ${wanted}` : "a matching request";
        reject(new Error(`${why} while waiting for ${what}; ${this.count} arrived`));
      };
      const timer = setTimeout(() => fail(`Nothing for ${timeoutMs} ms`), timeoutMs);
      const waiter = {
        check: (request: RecordedRequest): void => {
          let isMatch = false;
          try {
            isMatch = matches(request);
          } catch (error) {
            fail(`The predicate threw (${String(error)})`);
            return;
          }
          if (!isMatch) return;
          stop();
          resolve(request);
        },
        cancel: (): void => fail("The simulator closed"),
      };
      this.#waiters.add(waiter);
    });
  }

  /** Rejects everyone who still waits. */
  close(): void {
    for (const waiter of this.#waiters) waiter.cancel();
  }
}
