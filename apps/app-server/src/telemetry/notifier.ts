import { textOf, type TurnEnd, type WatchedTurn } from "@switchboard/agent";
import { startCommand, type Command } from "@switchboard/exec/commands";
import { messageOf } from "@switchboard/protocol";

/** What is run after a turn. */
export interface NotifyProgram {
  /** The program with its arguments; the payload is one more. */
  readonly argv: readonly [program: string, ...rest: string[]];
  /** Without credentials. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a {@link Notifier} is made from. */
export interface NotifierOptions {
  /** Where the programs run. */
  readonly cwd: string;
  readonly warn: (text: string) => void;
  /** How long the program may run. Default: a minute. */
  readonly timeoutMs?: number;
}

/** Most programs that run at once; turns that end meanwhile are not told of. */
const maxRunning = 16;

/**
 * Longest text of what the user said, and of what the agent said last, in characters: Linux takes 128 KiB for one
 * argument, and JSON needs up to six bytes for a character.
 */
const maxText = 10_000;

/**
 * Runs the program of `notify` after each turn that the user began and that was completed, with the reference's
 * JSON as its last argument. Nobody waits for it; after a minute it is ended.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #commands = new Set<Command>();
  #isClosed = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Tells of a turn that has ended. */
  turnEnded(
    program: NotifyProgram,
    { threadId, turnId, owner, cwd, prompt }: WatchedTurn,
    { status, items }: TurnEnd,
  ): void {
    if (prompt === undefined || status !== "completed" || this.#isClosed) return;
    if (this.#running.size >= maxRunning) {
      this.#options.warn(`notify: ${maxRunning} programs still run; turn ${turnId} is not told of`);
      return;
    }
    const last = items.findLast((item) => item.type === "agentMessage");
    const payload = JSON.stringify({
      type: "agent-turn-complete",
      "thread-id": threadId,
      "turn-id": turnId,
      cwd,
      ...(owner.client === null ? {} : { client: owner.client.name }),
      "input-messages": inputMessages(items),
      "last-assistant-message": last?.type === "agentMessage" ? clip(last.text) : null,
    });
    const run = this.#run(program, payload)
      .catch((error: unknown) => this.#options.warn(`notify: ${messageOf(error)}`))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#commands].map((command) => command.terminate()));
    await Promise.all(this.#running);
  }

  async #run({ argv, environment }: NotifyProgram, payload: string): Promise<void> {
    const { cwd, timeoutMs = 60_000 } = this.#options;
    const [program, ...rest] = argv;
    const command = await startCommand(
      {
        argv: [program, ...rest, payload],
        cwd,
        env: environment,
        stdin: "closed",
        tty: false,
        sandbox: { kind: "none" },
      },
      { output: () => undefined },
    );
    this.#commands.add(command);
    // It may have been closed while the program was being started.
    if (this.#isClosed) await command.terminate();
    const timer = setTimeout(() => void command.terminate(), timeoutMs);
    await command.exited;
    clearTimeout(timer);
    this.#commands.delete(command);
  }
}

/** What the user said, oldest first, as much as one argument of a program can hold. */
function inputMessages(items: TurnEnd["items"]): string[] {
  let left = maxText;
  return items.flatMap((item) => {
    if (item.type !== "userMessage") return [];
    const text = textOf(item.content).slice(0, left);
    left -= text.length;
    return [text];
  });
}

function clip(text: string): string {
  return text.slice(0, maxText);
}
