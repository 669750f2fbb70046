import type { Writable } from "node:stream";

/** Bytes that may wait for a child to read them. A write that leaves more is answered when it has caught up. */
const maxQueuedBytes = 1024 * 1024;

/** The standard input of a child as a stream with a bound. Owned by whoever owns the child. */
export class BoundedInput {
  readonly #stdin: Writable;
  #caughtUp: Promise<void> | undefined;

  constructor(stdin: Writable) {
    this.#stdin = stdin;
    // One that closed its input is told by the state of later writes.
    stdin.on("error", () => {});
  }

  get isWritable(): boolean {
    return this.#stdin.writable;
  }

  /** Settles when the bytes are on their way, or when a child that is behind has caught up. False when it is gone. */
  async write(bytes: Buffer): Promise<boolean> {
    const stdin = this.#stdin;
    if (bytes.length > 0) stdin.write(bytes);
    if (stdin.writableLength > maxQueuedBytes) {
      this.#caughtUp ??= new Promise((resolve) => {
        const settle = (): void => {
          stdin.off("drain", settle).off("close", settle);
          this.#caughtUp = undefined;
          resolve();
        };
        stdin.on("drain", settle).on("close", settle);
      });
      await this.#caughtUp;
    }
    return !stdin.destroyed;
  }

  end(): void {
    this.#stdin.end();
  }

  /** Lets go of it, also of what waits. Writes that wait are answered. */
  destroy(): void {
    this.#stdin.destroy();
  }
}
