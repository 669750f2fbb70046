import type { Writable } from "node:stream";

import { RpcError, rpcCodes } from "@switchboard/protocol";

import { BoundedInput } from "./bounded-input.js";
import type { WriteStatus } from "./messages.js";

/** How many ids of accepted writes are remembered for each process. */
const maxRememberedWrites = 4096;

/** The standard input of a child: writes in order, each id once. */
export class ChildInput {
  readonly #input: BoundedInput | undefined;
  readonly #written = new Map<string, Promise<WriteStatus>>();

  constructor(stdin: Writable | undefined) {
    this.#input = stdin && new BoundedInput(stdin);
  }

  /**
   * Takes bytes for the child.
   *
   * @throws {@link RpcError} -32603 when the process is over.
   */
  async write(writeId: string, chunk: Buffer, isOver: () => boolean): Promise<WriteStatus> {
    const earlier = this.#written.get(writeId);
    if (earlier !== undefined) return earlier;
    const input = this.#input;
    if (input === undefined) return "stdinClosed";
    if (isOver()) throw deadProcess();
    if (!input.isWritable) return "stdinClosed";
    const status = this.#accept(input, chunk);
    this.#remember(writeId, status);
    return status;
  }

  /** Lets go of the pipe. Writes that wait are answered. */
  close(): void {
    this.#input?.destroy();
  }

  async #accept(input: BoundedInput, chunk: Buffer): Promise<WriteStatus> {
    if (!(await input.write(chunk))) throw deadProcess();
    return "accepted";
  }

  #remember(writeId: string, status: Promise<WriteStatus>): void {
    this.#written.set(writeId, status);
    // What failed may be tried again.
    status.catch(() => this.#written.delete(writeId));
    if (this.#written.size <= maxRememberedWrites) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      break;
    }
  }
}

function deadProcess(): RpcError {
  return new RpcError(rpcCodes.internal, "failed to write to process stdin");
}
