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

/** Something that a child writes to. */
export interface ChildOutput {
  readonly stream: OutputStream;
  /** Closes when everything that held its other end has let go. */
  readonly source: Readable;
  /** Reads what the source left unread when it ended. */
  readonly rest?: () => Buffer;
}

/** A child that runs, in a session and process group of its own, however its streams are made. */
export interface SpawnedChild {
  readonly pid: number;
  readonly outputs: readonly ChildOutput[];
  readonly stdin: Writable | undefined;
  /** Its exit code; 128 plus the number of the signal that ended it. Never rejects. */
  readonly exitCode: Promise<number>;
}
