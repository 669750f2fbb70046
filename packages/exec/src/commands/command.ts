import type { ChildExit, TerminalSize } from "../processes/spawned-child.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/** What to start, and how. */
export interface CommandSpec {
  readonly argv: readonly [program: string, ...rest: string[]];
  /** Absolute. */
  readonly cwd: string;
  /** All of its variables; nothing of the server's own is added. */
  readonly env: Readonly<Record<string, string>>;
  /** `closed`: it reads an empty input. A terminal's input is always open. */
  readonly stdin: "closed" | "pipe";
  readonly tty: false | TerminalSize;
  readonly sandbox: Sandbox;
}

/** Takes what a command says. */
export interface CommandEvents {
  /**
   * A piece of output. While a promise that was returned is pending, no more is read from that stream, and the
   * command waits when its pipe is full.
   */
  output(stream: "stdout" | "stderr" | "pty", chunk: Buffer): void | Promise<void>;
}

/**
 * How a command ended. In a sandbox `signal` is null, because bubblewrap tells only the exit code: 128 plus the
 * number of the signal.
 */
export type CommandExit = ChildExit;

/** A command that was started. It leads a session and process group of its own. */
export interface Command {
  readonly pid: number;
  /** When it exited, after what it had written until then was given to `output`. Never rejects. */
  readonly exited: Promise<CommandExit>;
  /**
   * When nothing holds its output any more, or it was terminated, and its sandbox is gone. What a command leaves in
   * the background can hold the output for ever without a sandbox; in one it ends with the command. Never rejects.
   */
  readonly closed: Promise<void>;
  /** Settles when the bytes are on their way, or, when a mebibyte waits, when the command has caught up. */
  write(bytes: Buffer): Promise<"accepted" | "closed">;
  /** Ends its input; in a terminal this is a typed ^D. */
  closeStdin(): void;
  /** Changes the size of its terminal, if it has one. */
  resize(size: TerminalSize): void;
  /** Sends SIGINT to its process group; in a terminal to the one in the foreground. */
  interrupt(): void;
  /**
   * Ends it with everything that it started, and settles when all is gone. Output that was not read is dropped.
   * In a sandbox nothing escapes. Without one it also finds, on Linux, what changed its group, its session or its
   * parent, as long as it has one of the three left or holds the output; what has shed all of them escapes.
   */
  terminate(): Promise<void>;
}
