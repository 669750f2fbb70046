import { open, rename, stat, type FileHandle } from "node:fs/promises";

import { messageOf } from "@switchboard/protocol";

import type { LedgerEntry } from "./entry.js";
import type { Ledger } from "./ledger.js";

/** Size in bytes from which on the file is put aside as `NAME.1`, in place of the one before. */
const maxFileBytes = 64 * 1024 * 1024;

/** Most bytes that wait to be written; what comes on top is left out, and counted. */
const maxWaitingBytes = 4 * 1024 * 1024;

/**
 * Appends the ledger to a file, one JSON object a line, mode 0600. A disk that is full or slow does not hold up
 * anything: lines are left out, and the log says so once, and how many when it goes on. Another server may append to
 * the same file, and whoever likes may move it away: it is made anew.
 */
export class LedgerFile {
  readonly #path: string;
  readonly #warn: (line: string) => void;
  readonly #stop: () => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #leftOut = 0;
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;

  constructor(ledger: Ledger, path: string, warn: (line: string) => void) {
    this.#path = path;
    this.#warn = warn;
    this.#stop = ledger.follow((entry) => this.#take(entry));
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    this.#stop();
    await this.#writing;
    await this.#file?.close().catch(() => undefined);
  }

  #take(entry: LedgerEntry): void {
    const line = `${JSON.stringify(entry)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > maxWaitingBytes) return this.#leaveOut(1, "the disk is too slow");
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        const file = await this.#opened();
        await file.appendFile(lines.join(""));
        if (this.#leftOut > 0) this.#warn(`the ledger is written again to ${this.#path}; ${this.#leftOut} left out`);
        this.#leftOut = 0;
      } catch (error) {
        this.#leaveOut(lines.length, messageOf(error));
        await this.#file?.close().catch(() => undefined);
        this.#file = undefined;
      }
    }
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== undefined) {
      const [ours, there] = [await this.#file.stat(), await stat(this.#path).catch(() => undefined)];
      // Another's by now when somebody moved ours away, maybe another server because it was full.
      const isOurs = there?.ino === ours.ino && there.dev === ours.dev;
      if (isOurs && ours.size < maxFileBytes) return this.#file;
      await this.#file.close();
      this.#file = undefined;
      if (isOurs) await rename(this.#path, `${this.#path}.1`);
    }
    this.#file = await open(this.#path, "a", 0o600);
    if (await isCutOff(this.#path)) await this.#file.appendFile("\n");
    return this.#file;
  }

  #leaveOut(lines: number, why: string): void {
    if (this.#leftOut === 0) this.#warn(`the ledger cannot be written to ${this.#path}: ${why}; requests go on`);
    this.#leftOut += lines;
  }
}

/** Whether a file ends within a line, as a full disk or the end of a process leaves it. */
async function isCutOff(path: string): Promise<boolean> {
  const { size } = await stat(path);
  // Also what has no end, such as a pipe.
  if (size === 0) return false;
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}
