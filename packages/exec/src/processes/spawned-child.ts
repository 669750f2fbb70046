import type { Readable, Writable } from "node:stream";

import type { OutputStream } from "./messages.js";

/** What a child is started from. */
export interface SpawnRequest {
  readonly argv: readonly [program: string, ...rest: string[]];
  /** What the child sees as its own name, if not the program. */
  readonly arg0: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** How a child ended. */
export interface ChildExit {
  /** 128 plus the number of the signal that ended it, if one did. */
  readonly exitCode: number;
  /** For example `SIGKILL`. */
  readonly signal: string | null;
}

/** Something that a child writes to. */
export interface ChildOutput {
  readonly stream: OutputStream;
  /** Closes when everything that held its other end has let go. */
  readonly source: Readable;
  /** What processes that hold it have in `/proc/PID/fd`, if that is known. */
  readonly link?: string | undefined;
  /** Reads what the source left unread when it ended. */
  readonly rest?: () => Buffer;
}

/** A child that runs, in a session and process group of its own, however its streams are made. */
export interface SpawnedChild {
  readonly pid: number;
  readonly outputs: readonly ChildOutput[];
  readonly stdin: Writable | undefined;
  /** Never rejects. */
  readonly exit: Promise<ChildExit>;
  /** Changes the size of its terminal, if it has one. Not to be called when the terminal is closed. */
  readonly resize?: (size: TerminalSize) => void;
}
