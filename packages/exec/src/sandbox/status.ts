import { closeSync } from "node:fs";
// oxlint-disable-next-line no-restricted-imports -- Node's sockets are also the ends of pipes; nothing leaves the machine
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import type { Pipe } from "../processes/pipes.js";
import { procStat, stillRuns, type ProcStat } from "../processes/proc-stat.js";

/** Under which name a shell in the sandbox says what a command's exit code was. */
export const commandExit = "command-exit";

/** More than bubblewrap ever says. */
const maxBytes = 4096;

/** What bubblewrap says of the sandbox it made, and when the last process in it is gone. Owns the pipe. */
export class SandboxStatus {
  readonly #reader: Socket;
  readonly #ended: Promise<void>;
  #writeEnd: number | undefined;
  #text = "";
  #first: ProcStat | undefined;

  constructor({ readEnd, writeEnd }: Pipe) {
    this.#writeEnd = writeEnd;
    this.#reader = new Socket({ fd: readEnd, readable: true, writable: false });
    this.#reader.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#reader.on("error", () => {});
    this.#ended = new Promise((resolve) => this.#reader.once("close", () => resolve()));
  }

  /** The first process in the sandbox, by its number outside; undefined as long as it is not known. */
  get firstPid(): number | undefined {
    return this.#first?.pid;
  }

  /** The exit code that was said; undefined if none was. Call it when bubblewrap itself is gone. */
  async exitCode(): Promise<number | undefined> {
    this.handedOver();
    await this.#ended;
    const code = this.#text.split(`"${commandExit}": `)[1]?.match(/^\d+/)?.[0];
    return code === undefined ? undefined : Number(code);
  }

  /** Closes our end for writing. Call it when bubblewrap has its own. */
  handedOver(): void {
    if (this.#writeEnd !== undefined) closeSync(this.#writeEnd);
    this.#writeEnd = undefined;
  }

  /** Settles when nothing runs in the sandbox any more. Call it when bubblewrap itself is gone. */
  async gone(): Promise<void> {
    this.handedOver();
    await this.#ended;
    // The kernel ends the first process of a pid namespace only when all others in it are gone.
    for (let waitMs = 1; this.#first !== undefined && stillRuns(this.#first); waitMs = Math.min(waitMs * 2, 50)) {
      await sleep(waitMs);
    }
  }

  #read(chunk: Buffer): void {
    if (this.#text.length < maxBytes) this.#text += chunk.toString("latin1");
    const pid = /"child-pid": (\d+)/.exec(this.#text)?.[1];
    if (pid === undefined || this.#first !== undefined) return;
    this.#first = procStat(Number(pid));
    this.handedOver();
  }
}
