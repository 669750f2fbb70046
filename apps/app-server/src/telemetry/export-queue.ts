import { withinTime } from "@switchboard/client";

/** What an {@link ExportQueue} is made from. */
export interface ExportQueueOptions<T> {
  /** Sends records. Rejects when they did not arrive. */
  readonly send: (batch: readonly T[], signal: AbortSignal) => Promise<void>;
  /** Records of different keys never share a request; those of the next key follow at once. Default: all may. */
  readonly keyOf?: (record: T) => string;
  /** Told once, of the first failure. */
  readonly onFailure: (error: unknown) => void;
}

/** Most records that wait. */
export const maxWaiting = 2048;
/** Most records of one request. */
const maxBatch = 512;
/** How long records wait for company, in milliseconds. */
const intervalMs = 5_000;
/** How long the collector has to take a batch. */
const sendMs = 10_000;
/** How long the collector has for what is left when the server ends. */
const farewellMs = 1_000;

/**
 * Records on their way to a collector: at most 2048 wait, sent by at most 512 every five seconds, one request at
 * a time. What comes while the queue is full, and what a collector does not take, is dropped and counted; nothing
 * is sent twice, and nobody waits for it.
 */
export class ExportQueue<T> {
  readonly #options: ExportQueueOptions<T>;
  readonly #closing = new AbortController();
  #waiting: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #dropped = 0;
  #hasFailed = false;

  constructor(options: ExportQueueOptions<T>) {
    this.#options = options;
  }

  /** How many records were lost. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a record. */
  add(record: T): void {
    if (this.#closing.signal.aborted || this.#waiting.length >= maxWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(record);
    if (this.#waiting.length >= maxBatch) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), intervalMs).unref();
  }

  /** Sends what waits, for at most a second, and takes no more. */
  async close(): Promise<void> {
    const end = setTimeout(() => this.#closing.abort(), farewellMs);
    while (this.#waiting.length > 0 || this.#sending !== undefined) {
      this.#flush();
      await this.#sending;
    }
    clearTimeout(end);
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    const batch = this.#take();
    this.#sending = this.#send(batch).finally(() => {
      this.#sending = undefined;
      const isMore =
        this.#waiting.length >= maxBatch || (this.#options.keyOf !== undefined && this.#waiting.length > 0);
      if (isMore) this.#flush();
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), intervalMs).unref();
    });
  }

  /** The oldest records that may share a request. */
  #take(): readonly T[] {
    const { keyOf } = this.#options;
    const [oldest] = this.#waiting;
    if (keyOf === undefined || oldest === undefined) return this.#waiting.splice(0, maxBatch);
    const key = keyOf(oldest);
    const batch: T[] = [];
    const left: T[] = [];
    for (const record of this.#waiting) {
      (batch.length < maxBatch && keyOf(record) === key ? batch : left).push(record);
    }
    this.#waiting = left;
    return batch;
  }

  async #send(batch: readonly T[]): Promise<void> {
    const late = () => new Error(`no answer within ${sendMs} ms`);
    try {
      await withinTime({ limitMs: sendMs, late, signal: this.#closing.signal }, (signal) =>
        this.#options.send(batch, signal),
      );
    } catch (error) {
      this.#dropped += batch.length;
      if (!this.#hasFailed) this.#options.onFailure(error);
      this.#hasFailed = true;
    }
  }
}
