const lineFeed = 0x0a;

/** Where a {@link LineFramer} puts what it finds. */
export interface LineSink {
  /** One line without its end. */
  onLine(text: string): void;
  /** A line was over the limit; it is skipped up to its end. */
  onOverlong(): void;
}

/**
 * Cuts a byte stream into lines at LF only: U+2028 and a lone CR are content, not line ends, because
 * JSON may hold them. A CR before the LF is JSON white space and stays. Bytes are copied once, also
 * when a line comes in many chunks.
 */
export class LineFramer {
  readonly #maxLineBytes: number;
  readonly #sink: LineSink;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #skipping = false;

  constructor(maxLineBytes: number, sink: LineSink) {
    this.#maxLineBytes = maxLineBytes;
    this.#sink = sink;
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      this.#add(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** The stream ended: what has no line end yet is a line too. */
  end(): void {
    if (this.#partBytes > 0) this.#endLine();
  }

  #add(part: Buffer): void {
    if (this.#skipping) return;
    if (this.#partBytes + part.length > this.#maxLineBytes) {
      this.#parts = [];
      this.#partBytes = 0;
      this.#skipping = true;
      this.#sink.onOverlong();
      return;
    }
    this.#parts.push(part);
    this.#partBytes += part.length;
  }

  #endLine(): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const [only] = this.#parts;
    const line = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    this.#sink.onLine(line.toString("utf8"));
  }
}
