import type { OutputStream } from "./messages.js";

/** Most bytes of output kept for each process, as in the reference. */
export const retainedBytes = 1024 * 1024;

/**
 * Most pieces kept for each process. A piece costs memory beside its bytes, and a child that writes single bytes
 * would make a million of them.
 */
export const retainedChunks = 8192;

const nothing = Buffer.alloc(0);

/** A piece of output and its number. */
export interface LoggedChunk {
  readonly seq: number;
  readonly stream: OutputStream;
  readonly chunk: Buffer;
}

/** The latest output of one process. The oldest pieces go first. */
export class OutputLog {
  #chunks: LoggedChunk[] = [];
  /** Where the log begins in `#chunks`; what is before it was dropped. */
  #head = 0;
  #bytes = 0;

  append(logged: LoggedChunk): void {
    this.#chunks.push(logged);
    this.#bytes += logged.chunk.length;
    while (this.#bytes > retainedBytes || this.#chunks.length - this.#head > retainedChunks) this.#dropOldest();
    if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The pieces after a number, as many as fit in the bytes but at least one; `rest` tells that there are more. */
  after(seq: number, maxBytes: number): { readonly chunks: readonly LoggedChunk[]; readonly rest: boolean } {
    const found: LoggedChunk[] = [];
    let bytes = 0;
    for (let index = this.#firstAfter(seq); index < this.#chunks.length; index++) {
      const logged = this.#chunks[index];
      if (logged === undefined) break;
      bytes += logged.chunk.length;
      if (found.length > 0 && bytes > maxBytes) return { chunks: found, rest: true };
      found.push(logged);
    }
    return { chunks: found, rest: false };
  }

  #dropOldest(): void {
    const oldest = this.#chunks[this.#head];
    if (oldest === undefined) return;
    this.#bytes -= oldest.chunk.length;
    // The slot is emptied at once: the array itself is cut only now and then.
    this.#chunks[this.#head] = { ...oldest, chunk: nothing };
    this.#head++;
  }

  #firstAfter(seq: number): number {
    let low = this.#head;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
