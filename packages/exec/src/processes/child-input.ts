import type { Writable } from "node:stream";

import { RpcError, rpcCodes } from "@switchboard/protocol";

import type { WriteStatus } from "./messages.js";

/** Bytes that may wait for a child to read them; a write that leaves more is answered when the child has caught up. */
const maxQueuedBytes = 1024 * 1024;

/** How many ids of accepted writes are remembered for each process. */
const maxRememberedWrites = 4096;

/** The standard input of a child: writes in order, each id once. */
export class ChildInput {
  readonly #stdin: Writable | undefined;
  readonly #written = new Map<string, Promise<WriteStatus>>();
  #caughtUp: Promise<void> | undefined;

  constructor(stdin: Writable | undefined) {
    this.#stdin = stdin;
    // A child that closed its input is told by the state of later writes.
    stdin?.on("error", () => {});
  }

  /**
   * Takes bytes for the child.
   *
   * @throws {@link RpcError} -32603 when the process is over.
   */
  async write(writeId: string, chunk: Buffer, isOver: () => boolean): Promise<WriteStatus> {
    const earlier = this.#written.get(writeId);
    if (earlier !== undefined) return earlier;
    const stdin = this.#stdin;
    if (stdin === undefined) return "stdinClosed";
    if (isOver()) throw deadProcess();
    if (!stdin.writable) return "stdinClosed";
    const status = this.#accept(stdin, chunk);
    this.#remember(writeId, status);
    return status;
  }

  /** Lets go of the pipe. Writes that wait are answered. */
  close(): void {
    this.#stdin?.destroy();
  }

  async #accept(stdin: Writable, chunk: Buffer): Promise<WriteStatus> {
    if (chunk.length > 0) stdin.write(chunk);
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
      if (stdin.destroyed) throw deadProcess();
    }
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
