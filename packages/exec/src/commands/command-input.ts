import type { Writable } from "node:stream";

import { BoundedInput } from "../processes/bounded-input.js";

/** A typed ^D. */
const endOfTransmission = Buffer.from("\u0004");

/** What is written to a command, in order. */
export class CommandInput {
  readonly #input: BoundedInput | undefined;
  readonly #isTerminal: boolean;

  constructor(stdin: Writable | undefined, isTerminal: boolean) {
    this.#input = stdin && new BoundedInput(stdin);
    this.#isTerminal = isTerminal;
  }

  async write(bytes: Buffer): Promise<"accepted" | "closed"> {
    if (this.#input?.isWritable !== true) return "closed";
    return (await this.#input.write(bytes)) ? "accepted" : "closed";
  }

  end(): void {
    if (this.#input?.isWritable !== true) return;
    if (this.#isTerminal) void this.#input.write(endOfTransmission);
    else this.#input.end();
  }

  /** Lets go of it, also of what waits to be read. */
  destroy(): void {
    this.#input?.destroy();
  }
}
