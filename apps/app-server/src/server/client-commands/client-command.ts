import { startCommand, type Command, type CommandSpec, type TerminalSize } from "@switchboard/exec/commands";
import { invalidRequest, RpcError, rpcCodes, SwitchboardError } from "@switchboard/protocol";

import { CommandOutput, type OutputDelta } from "./command-output.js";
import { wordings, type CommandFamily, type Wording } from "./wording.js";

/** How long the output is waited for after the end of a command, when something it left behind still holds it. As in the reference. */
const lastOutputMs = 2_000;

/** Bytes that may wait for a command to read them. A single write may be longer. */
const maxWaitingInput = 16 * 1024 * 1024;

/** The longest time that a timer takes. */
const longestTimerMs = 2 ** 31 - 1;

/** The exit code of a command whose time was over. As in the reference. */
const timeoutExitCode = 124;

/** How a client wants a command to run. */
export interface ClientCommandSpec {
  readonly family: CommandFamily;
  readonly argv: readonly [program: string, ...rest: string[]];
  readonly tty: false | TerminalSize;
  /** Whether it can be written to. A terminal always can. */
  readonly streamStdin: boolean;
  /** Whether its output is told as it comes, instead of at its end. A terminal's always is. */
  readonly streamOutput: boolean;
  /** Undefined: it may run for ever. */
  readonly timeoutMs: number | undefined;
  /** Bytes of each stream that the client wants to have; undefined: all. */
  readonly outputBytesCap: number | undefined;
  /** What takes time to find out: it belongs to the start, so that an id is taken when its request is handled. */
  readonly prepare: () => Promise<Pick<CommandSpec, "cwd" | "env" | "sandbox">>;
  /** Tells the client. Nothing more is read while a promise that was returned is pending. */
  readonly tell: (delta: OutputDelta) => void | Promise<void>;
}

/** How a command ended, with what was not told of its output before. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly output: CommandOutput;
  /** Something that the command left behind held its output for longer than it was waited for. It is ended too. */
  readonly isDrainTimedOut: boolean;
}

/** One command that a client started: its limits, and what the client may do with it until it ends. */
export class ClientCommand {
  /** Resolves when it runs. Rejects with an {@link RpcError} when it cannot be started. */
  readonly started: Promise<void>;
  /** Resolves when it is gone with everything it started. Rejects as {@link ClientCommand.started} does. */
  readonly ended: Promise<CommandEnd>;
  readonly #spec: ClientCommandSpec;
  readonly #output: CommandOutput;
  readonly #command: Promise<Command>;
  #isStdinClosed = false;
  #waitingInput = 0;
  #isUnwanted = false;
  #isTimedOut = false;

  constructor(spec: ClientCommandSpec) {
    this.#spec = spec;
    this.#output = new CommandOutput(spec.outputBytesCap, !this.#isStreamed);
    this.#command = this.#start();
    this.started = this.#command.then(() => undefined);
    this.ended = this.#command.then((command) => this.#follow(command));
    // Who is interested waits for the other one too.
    this.started.catch(() => {});
    this.ended.catch(() => {});
  }

  /** @throws RpcError when it does not take input, or has not read 16 MiB of it. */
  async write(bytes: Buffer, closeStdin: boolean): Promise<void> {
    const { tty, streamStdin } = this.#spec;
    const command = await this.#command;
    if (tty === false && !streamStdin) throw invalidRequest(this.#words.noStdin);
    let taken: Promise<unknown> | undefined;
    if (bytes.length > 0) {
      if (this.#isStdinClosed) throw invalidRequest("stdin is already closed");
      if (this.#waitingInput > 0 && this.#waitingInput + bytes.length > maxWaitingInput) {
        throw new RpcError(
          rpcCodes.overloaded,
          `the command has not read ${this.#waitingInput} bytes of its input yet; write more when an earlier write has been answered`,
        );
      }
      this.#waitingInput += bytes.length;
      taken = command.write(bytes).finally(() => (this.#waitingInput -= bytes.length));
    }
    if (closeStdin && !this.#isStdinClosed) {
      this.#isStdinClosed = true;
      // In a terminal a ^D ends the input only at the beginning of a line.
      if (tty !== false) void command.write(Buffer.from("\n"));
      command.closeStdin();
    }
    await taken;
  }

  /** @throws RpcError when it has no terminal. */
  async resize(size: TerminalSize): Promise<void> {
    const command = await this.#command;
    if (this.#spec.tty === false) throw invalidRequest("failed to resize PTY: process is not attached to a PTY");
    command.resize(size);
  }

  /** Begins to end it with everything it started; {@link ClientCommand.ended} tells when that is done. */
  terminate(): void {
    this.#isUnwanted = true;
    this.#command.then(
      (command) => command.terminate(),
      () => {},
    );
  }

  get #words(): Wording {
    return wordings[this.#spec.family];
  }

  get #isStreamed(): boolean {
    return this.#spec.streamOutput || this.#spec.tty !== false;
  }

  async #start(): Promise<Command> {
    const { argv, tty, streamStdin, prepare } = this.#spec;
    const prepared = await prepare();
    try {
      if (this.#isUnwanted) throw notStarted("it was terminated before it ran");
      if (argv[0] === "") throw notStarted(`missing program for ${tty === false ? "pipe" : "PTY"} spawn`);
      return await startCommand(
        { ...prepared, argv, tty, stdin: streamStdin || tty !== false ? "pipe" : "closed" },
        { output: (stream, chunk) => this.#take(stream, chunk) },
      );
    } catch (error) {
      if (!(error instanceof SwitchboardError)) throw error;
      throw new RpcError(rpcCodes.internal, this.#words.notStarted(error.message));
    }
  }

  #take(stream: "stdout" | "stderr" | "pty", chunk: Buffer): void | Promise<void> {
    const delta = this.#output.take(stream === "stderr" ? "stderr" : "stdout", chunk);
    if (delta !== undefined) return this.#spec.tell(delta);
  }

  async #follow(command: Command): Promise<CommandEnd> {
    const { timeoutMs } = this.#spec;
    const timer =
      timeoutMs === undefined || timeoutMs > longestTimerMs
        ? undefined
        : setTimeout(() => {
            this.#isTimedOut = true;
            void command.terminate();
          }, timeoutMs);
    const { exitCode } = await command.exited;
    clearTimeout(timer);
    const isDrained = await settlesWithin(lastOutputMs, command.closed);
    // What it left behind ends with it, as in the reference.
    await command.terminate();
    return {
      exitCode: this.#isTimedOut ? timeoutExitCode : exitCode,
      output: this.#output,
      isDrainTimedOut: !isDrained,
    };
  }
}

function notStarted(message: string): SwitchboardError {
  return new SwitchboardError({ code: "command_not_started", message });
}

async function settlesWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const isSettled = await Promise.race([work.then(() => true), over]);
  clearTimeout(timer);
  return isSettled;
}
