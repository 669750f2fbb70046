import { StringDecoder } from "node:string_decoder";

/** The two streams that clients know. What a terminal says is `stdout`. */
export type OutputName = "stdout" | "stderr";

/** A piece of output, as clients are told of it. */
export interface OutputDelta {
  readonly stream: OutputName;
  readonly deltaBase64: string;
  /** With this piece the stream has said as much as its client wanted to hear; the rest is dropped. */
  readonly capReached: boolean;
}

/**
 * Most bytes of one command's output that are held until its end, of both streams together. All of it fits into one
 * answer, also when every byte has to be written as `\u0000`.
 */
export const maxHeldBytes = 10 * 1024 * 1024;

/** The output of one command up to the cap of its client. Each stream has the cap for itself. */
export class CommandOutput {
  readonly #cap: number;
  readonly #streams = { stdout: new HeldBytes(), stderr: new HeldBytes() };
  readonly #isHeld: boolean;
  #isCutShort = false;

  /**
   * @param cap bytes of each stream that the client wants; undefined: all.
   * @param isHeld whether it is kept until the end, and not told as it comes.
   */
  constructor(cap: number | undefined, isHeld: boolean) {
    this.#cap = cap ?? Number.POSITIVE_INFINITY;
    this.#isHeld = isHeld;
  }

  /** Whether there was more than {@link maxHeldBytes} of what the client wanted to have at the end. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  /** Takes a piece. Returns what is to be told of it now, if anything. */
  take(stream: OutputName, chunk: Buffer): OutputDelta | undefined {
    const held = this.#streams[stream];
    if (held.isFull) return undefined;
    const wanted = chunk.subarray(0, this.#cap - held.bytes);
    held.bytes += wanted.length;
    held.isFull = held.bytes >= this.#cap;
    if (!this.#isHeld) {
      return { stream, deltaBase64: wanted.toString("base64"), capReached: held.isFull };
    }
    const { stdout, stderr } = this.#streams;
    const kept = wanted.subarray(0, maxHeldBytes - stdout.length - stderr.length);
    held.append(kept);
    if (kept.length < wanted.length) this.#isCutShort = held.isFull = true;
    return undefined;
  }

  /** What was held of a stream. Bytes that are no UTF-8 become U+FFFD; a character that was cut is left out. */
  text(stream: OutputName): string {
    return this.#streams[stream].text();
  }

  /** Whether the stream had as many bytes as were wanted, or more. */
  capReached(stream: OutputName): boolean {
    return this.#streams[stream].isFull;
  }
}

/** One stream. Grows by doubling, so that many small pieces cost no more than a few big ones. */
class HeldBytes {
  /** What came and was wanted, held or not. */
  bytes = 0;
  isFull = false;
  length = 0;
  #buffer = Buffer.alloc(0);

  append(piece: Buffer): void {
    if (this.length + piece.length > this.#buffer.length) {
      const bigger = Buffer.alloc(Math.max(this.length + piece.length, this.#buffer.length * 2));
      this.#buffer.copy(bigger, 0, 0, this.length);
      this.#buffer = bigger;
    }
    piece.copy(this.#buffer, this.length);
    this.length += piece.length;
  }

  text(): string {
    const bytes = this.#buffer.subarray(0, this.length);
    return this.isFull ? new StringDecoder("utf8").write(bytes) : bytes.toString();
  }
}
