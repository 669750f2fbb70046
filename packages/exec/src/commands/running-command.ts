import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

import { procStat, stillRuns, type ProcStat } from "../processes/proc-stat.js";
import { signalGroup } from "../processes/process-group.js";
import { relay } from "../processes/relay.js";
import type { ChildOutput, SpawnedChild, TerminalSize } from "../processes/spawned-child.js";
import type { Confined } from "../sandbox/confine.js";
import { CommandInput } from "./command-input.js";
import type { Command, CommandEvents, CommandExit } from "./command.js";
import { relatedProcesses } from "./related-processes.js";

/**
 * Most bytes that are read after the exit before it is told. A pipe holds at most a mebibyte, so more comes from
 * something in the background.
 */
const maxLateBytes = 2 * 1024 * 1024;

/** How often what was killed is looked for again: it may have been starting something. */
const maxRounds = 100;

/** A command that was started. */
export class RunningCommand implements Command {
  readonly pid: number;
  readonly exited: Promise<CommandExit>;
  readonly closed: Promise<void>;
  readonly #child: SpawnedChild;
  readonly #confined: Confined | undefined;
  readonly #isTerminal: boolean;
  readonly #events: CommandEvents;
  readonly #input: CommandInput;
  readonly #outputs: ReadonlyArray<OpenOutput>;
  /** The system knows no such child any more. */
  #isGone = false;
  #isTerminated = false;
  #terminating: Promise<void> | undefined;

  constructor(child: SpawnedChild, confined: Confined | undefined, isTerminal: boolean, events: CommandEvents) {
    this.pid = child.pid;
    this.#child = child;
    this.#confined = confined;
    this.#isTerminal = isTerminal;
    this.#events = events;
    this.#input = new CommandInput(child.stdin, isTerminal);
    this.#outputs = child.outputs.map((output) => new OpenOutput(output, this.#events));
    this.exited = this.#followExit();
    this.closed = this.#followClose();
  }

  write(bytes: Buffer): Promise<"accepted" | "closed"> {
    return this.#isGone ? Promise.resolve("closed") : this.#input.write(bytes);
  }

  closeStdin(): void {
    this.#input.end();
  }

  resize(size: TerminalSize): void {
    if (this.#outputs.every(({ isOpen }) => isOpen)) this.#child.resize?.(size);
  }

  interrupt(): void {
    if (this.#isGone) return;
    signalGroup(this.#interruptible() ?? this.pid, false, "SIGINT");
  }

  terminate(): Promise<void> {
    this.#terminating ??= this.#terminate();
    return this.#terminating;
  }

  async #followExit(): Promise<CommandExit> {
    const exit = await this.#child.exit;
    this.#isGone = true;
    if (this.#isTerminated) this.#letGo();
    const before = this.#bytes();
    // What it wrote last waits in its pipes; it is told before the exit.
    for (let read = -1; read !== this.#bytes() && this.#bytes() - before < maxLateBytes;) {
      read = this.#bytes();
      await Promise.all(this.#outputs.map((output) => output.untilTaken()));
      // One to go on reading, and one in which there is something to read.
      await nextTurn();
      await nextTurn();
    }
    if (this.#confined === undefined) return exit;
    return { exitCode: (await this.#confined.exitCode()) ?? exit.exitCode, signal: null };
  }

  async #followClose(): Promise<void> {
    await Promise.all([this.exited, ...this.#outputs.map(({ closed }) => closed)]);
    this.#input.destroy();
    await this.#confined?.over();
  }

  async #terminate(): Promise<void> {
    this.#isTerminated = true;
    const outputs = new Set(this.#outputs.flatMap(({ link }) => link ?? []));
    const killed = new Map<number, ProcStat>();
    for (let round = 0; round < maxRounds; round++) {
      const found = relatedProcesses({ leader: this.pid, isLeaderGone: this.#isGone, outputs });
      signalGroup(this.pid, this.#isGone, "SIGKILL");
      for (const each of found) {
        killed.set(each.pid, each);
        kill(each);
      }
      if (found.every(stillRuns)) await sleep(1);
      if (found.length === 0) break;
    }
    await this.#child.exit;
    this.#letGo();
    for (let waitMs = 1; [...killed.values()].some(stillRuns) && waitMs < 1000; waitMs *= 2) await sleep(waitMs);
    await this.closed;
  }

  /** The group that an interrupt is for, if it is not the command's own. */
  #interruptible(): number | undefined {
    if (!this.#isTerminal) return this.#confined?.firstPid();
    const group = procStat(this.pid)?.foregroundGroup ?? -1;
    return group > 1 ? group : undefined;
  }

  #bytes(): number {
    return this.#outputs.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #letGo(): void {
    for (const output of this.#outputs) output.destroy();
  }
}

/** One stream of a command, as it is read. */
class OpenOutput {
  readonly closed: Promise<void>;
  readonly link: string | undefined;
  bytes = 0;
  isOpen = true;
  readonly #source: ChildOutput["source"];
  #taken: Promise<unknown> = Promise.resolve();
  #drop: () => void = () => {};
  readonly #dropped = new Promise<void>((resolve) => (this.#drop = resolve));

  constructor(output: ChildOutput, events: CommandEvents) {
    this.#source = output.source;
    this.link = output.link;
    this.closed = relay(output, (chunk) => {
      this.bytes += chunk.length;
      const taken = events.output(output.stream, chunk) ?? undefined;
      if (taken !== undefined) this.#taken = taken.catch(() => {});
      return taken;
    }).then(() => {
      this.isOpen = false;
    });
  }

  /** Settles when what was read so far is taken, or nobody waits for that any more. */
  async untilTaken(): Promise<void> {
    await Promise.race([this.#taken, this.#dropped]);
  }

  destroy(): void {
    this.#source.destroy();
    this.#drop();
  }
}

function kill(process_: ProcStat): void {
  if (!stillRuns(process_)) return;
  try {
    process.kill(process_.pid, "SIGKILL");
  } catch {
    // It is gone, or belongs to someone else.
  }
}
