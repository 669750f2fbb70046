import type { Writable } from "node:stream";

/** Bytes that may wait for a command to read them. A write that leaves more is answered when it has caught up. */
const maxQueuedBytes = 1024 * 1024;

/** A typed ^D. */
const endOfTransmission = "\u0004";

/** What is written to a command, in order. */
export class CommandInput {
  readonly #stdin: Writable | undefined;
  readonly #isTerminal: boolean;
  #caughtUp: Promise<void> | undefined;

  constructor(stdin: Writable | undefined, isTerminal: boolean) {
    this.#stdin = stdin;
    this.#isTerminal = isTerminal;
    // One that closed its input is told by the state of later writes.
    stdin?.on("error", () => {});
  }

  async write(bytes: Buffer): Promise<"accepted" | "closed"> {
    const stdin = this.#stdin;
    if (stdin === undefined || !stdin.writable) return "closed";
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
    return stdin.destroyed ? "closed" : "accepted";
  }

  end(): void {
    if (this.#stdin === undefined || !this.#stdin.writable) return;
    if (this.#isTerminal) this.#stdin.write(endOfTransmission);
    else this.#stdin.end();
  }

  /** Lets go of it, also of what waits to be read. */
  destroy(): void {
    this.#stdin?.destroy();
  }
}
