/** Keeps the beginning and the end of what may be much. Uses at most about twice `maxBytes` of memory. */
export class HeadTail {
  readonly #maxHead: number;
  readonly #maxTail: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  /** The latest bytes, written round and round; made with the first byte that needs it. */
  #ring: Buffer | undefined;
  #totalBytes = 0;

  /** @param maxBytes how many bytes are kept: the first half and the last half of them. */
  constructor(maxBytes: number) {
    this.#maxHead = Math.floor(maxBytes / 2);
    this.#maxTail = maxBytes - this.#maxHead;
  }

  /** All bytes that there ever were. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  append(chunk: Buffer): void {
    this.#totalBytes += chunk.length;
    const toHead = Math.min(chunk.length, this.#maxHead - this.#headBytes);
    if (toHead > 0) {
      // A copy: the chunk may be a small part of a big buffer.
      this.#head.push(Buffer.from(chunk.subarray(0, toHead)));
      this.#headBytes += toHead;
    }
    this.#appendTail(chunk.subarray(toHead));
  }

  /**
   * What is kept, as text. Where something was left out there is a line that says how many bytes; no character is cut
   * there.
   */
  text(): string {
    const { head, tail, leftOut } = this.#kept();
    if (leftOut === 0) return Buffer.concat([head, tail]).toString();
    const whole = wholeCharacters(head);
    const start = firstCharacter(tail);
    const missing = leftOut + head.length - whole + start;
    const [before, after] = [head.toString("utf8", 0, whole), tail.toString("utf8", start)];
    const lineEnd = before === "" || before.endsWith("\n") ? "" : "\n";
    return `${before}${lineEnd}[... ${missing} bytes left out ...]\n${after}`;
  }

  #appendTail(rest: Buffer): void {
    if (rest.length === 0 || this.#maxTail === 0) return;
    this.#ring ??= Buffer.alloc(this.#maxTail);
    const latest = rest.subarray(Math.max(0, rest.length - this.#maxTail));
    // Where the byte with a number belongs does not depend on how the bytes came.
    let at = (this.#totalBytes - latest.length - this.#maxHead) % this.#maxTail;
    for (let done = 0; done < latest.length;) {
      const copied = latest.copy(this.#ring, at, done);
      done += copied;
      at = (at + copied) % this.#maxTail;
    }
  }

  #kept(): { readonly head: Buffer; readonly tail: Buffer; readonly leftOut: number } {
    const head = Buffer.concat(this.#head);
    const rest = this.#totalBytes - this.#headBytes;
    if (this.#ring === undefined) return { head, tail: Buffer.alloc(0), leftOut: rest };
    if (rest <= this.#maxTail) return { head, tail: this.#ring.subarray(0, rest), leftOut: 0 };
    const oldest = rest % this.#maxTail;
    const tail = Buffer.concat([this.#ring.subarray(oldest), this.#ring.subarray(0, oldest)]);
    return { head, tail, leftOut: rest - this.#maxTail };
  }
}

/** How many bytes at the start are whole characters. Bytes that are no UTF-8 count as they are. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return back < lengthOf(byte) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Where the first character starts that was not cut. */
function firstCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < Math.min(3, bytes.length) && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

/** How many bytes the character has that starts with this one. */
function lengthOf(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0) return first < 0xf0 ? 3 : 1;
  return first >= 0xc0 ? 2 : 1;
}
