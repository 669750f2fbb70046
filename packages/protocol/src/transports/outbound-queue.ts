import type { Duplex, Writable } from "node:stream";

import type { Frame } from "../envelope.js";

/** Bytes a stream is handed ahead of what its peer has taken; the rest waits in the queue. */
const handedAheadBytes = 64 * 1024;

/** What an {@link OutboundQueue} needs to know. */
export interface OutboundQueueOptions {
  /** The byte stream below the frames; its `drain` event moves the queue on. */
  readonly stream: Writable | Duplex;
  /** Writes one frame, with whatever framing the transport uses, to the stream. */
  readonly write: (frame: Frame) => void;
  /** Most bytes that may wait. */
  readonly maxQueuedBytes: number;
  /** Called once when the limit is passed. What waited is dropped and later frames are refused. */
  readonly onOverflow: () => void;
}

/**
 * Frames on their way to one peer. While the peer keeps up, a frame goes straight to the stream, and
 * all frames of one event-loop turn leave in one system call. A peer that lags makes frames wait here,
 * where they are counted and bounded, and not in the stream, where they would not be.
 */
export class OutboundQueue {
  readonly #options: OutboundQueueOptions;
  #waiting: Frame[] = [];
  #first = 0;
  #waitingBytes = 0;
  #corked = false;
  #closed = false;
  #onFinished: (() => void) | undefined;
  #empty: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: OutboundQueueOptions) {
    this.#options = options;
    options.stream.on("drain", this.#drain);
  }

  /** Sends or queues one frame. */
  push(frame: Frame): void {
    if (this.#closed || this.#onFinished !== undefined) return;
    if (this.#waitingBytes === 0 && this.#hand(frame)) return;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > this.#options.maxQueuedBytes) {
      this.close();
      this.#options.onOverflow();
    }
  }

  /** Refuses further frames and calls `then` once all that was queued has been handed to the stream. */
  finish(then: () => void): void {
    this.#uncork();
    if (this.#waitingBytes === 0) then();
    else this.#onFinished = then;
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Resolves when nothing waits any more, or nothing will ever leave. Undefined when nothing waits now. */
  whenEmpty(): Promise<void> | undefined {
    if (this.#waitingBytes === 0) return undefined;
    if (this.#empty === undefined) {
      let resolve = () => {};
      const promise = new Promise<void>((settle) => (resolve = settle));
      this.#empty = { promise, resolve };
    }
    return this.#empty.promise;
  }

  /** Drops what waits and refuses further frames. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#first = 0;
    this.#waitingBytes = 0;
    this.#onFinished = undefined;
    this.#tellEmpty();
    this.#options.stream.off("drain", this.#drain);
  }

  #tellEmpty(): void {
    this.#empty?.resolve();
    this.#empty = undefined;
  }

  /** Gives the frame to the stream unless the peer is too far behind. */
  #hand(frame: Frame): boolean {
    const { stream, write } = this.#options;
    if (this.#isFull()) {
      // The cork hides whether the peer keeps up: let the system take what it can, then look again.
      this.#uncork();
      if (this.#isFull()) return false;
    }
    if (!this.#corked) {
      this.#corked = true;
      stream.cork();
      process.nextTick(this.#uncork);
    }
    write(frame);
    return true;
  }

  /** A stream whose own mark is higher is filled up to that: below it there would be no `drain`. */
  #isFull(): boolean {
    const { stream } = this.#options;
    return stream.writableLength >= handedAheadBytes && stream.writableNeedDrain;
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#options.stream.uncork();
  };

  readonly #drain = (): void => {
    while (this.#first < this.#waiting.length) {
      const frame = this.#waiting[this.#first];
      if (frame === undefined || !this.#hand(frame)) break;
      this.#first += 1;
      this.#waitingBytes -= frame.length;
    }
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
      this.#onFinished?.();
      this.#onFinished = undefined;
      this.#tellEmpty();
    } else if (this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
  };
}
