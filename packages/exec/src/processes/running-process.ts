import { setImmediate as nextTurn } from "node:timers/promises";

import { ChildInput } from "./child-input.js";
import type { OutputStream, ProcessEvents, ProcessReadParams, ReadResult, WriteStatus } from "./messages.js";
import { OutputLog } from "./output-log.js";
import { signalGroup } from "./process-group.js";
import { relay } from "./relay.js";
import type { SpawnedChild } from "./spawned-child.js";

/** The longest time that a timer takes. */
const longestWaitMs = 2 ** 31 - 1;

/** One started process: numbers its events, keeps its latest output, and ends it with all that it started. */
export class RunningProcess {
  /** Settles when the process has exited and nothing holds its output any more. */
  readonly closed: Promise<void>;
  readonly #id: string;
  readonly #child: SpawnedChild;
  readonly #events: ProcessEvents;
  readonly #input: ChildInput;
  readonly #log = new OutputLog();
  readonly #waiting = new Set<() => void>();
  #nextSeq = 1;
  /** The system knows no such child any more; clients are told a moment later. */
  #isGone = false;
  #exit: { readonly code: number; readonly seq: number } | undefined;
  #isClosed = false;
  #isTerminated = false;

  constructor(id: string, child: SpawnedChild, events: ProcessEvents) {
    this.#id = id;
    this.#child = child;
    this.#events = events;
    this.#input = new ChildInput(child.stdin);
    this.closed = this.#follow();
  }

  /** Answers with what came after a number; waits for news when there are none. */
  async read(params: Omit<ProcessReadParams, "processId">, signal: AbortSignal): Promise<ReadResult> {
    const after = params.afterSeq ?? 0;
    const maxBytes = params.maxBytes ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.min(params.waitMs ?? 0, longestWaitMs);
    if (waitMs > 0) await this.#news(after, waitMs, signal);
    const { chunks, rest } = this.#log.after(after, maxBytes);
    const last = chunks.at(-1);
    return {
      chunks: chunks.map(({ seq, stream, chunk }) => ({ seq, stream, chunk: chunk.toString("base64") })),
      nextSeq: rest && last !== undefined ? last.seq + 1 : this.#nextSeq,
      exited: this.#exit !== undefined,
      exitCode: this.#exit?.code ?? null,
      closed: this.#isClosed,
      failure: null,
      sandboxDenied: false,
    };
  }

  /** Gives bytes to the process; see {@link ChildInput.write}. */
  write(writeId: string, chunk: Buffer): Promise<WriteStatus> {
    return this.#input.write(writeId, chunk, () => this.#isGone);
  }

  /** Sends SIGINT to the process and its group, if it still runs. */
  interrupt(): void {
    if (!this.#isGone) signalGroup(this.#child.pid, false, "SIGINT");
  }

  /**
   * Ends the process and what it left in its group, and stops reading: something that left the group may hold
   * the output for ever. What a closed process left behind is not touched; that is {@link RunningProcess.sweep}.
   *
   * @returns whether the process itself still ran.
   */
  terminate(): boolean {
    if (!this.#isClosed) {
      this.#isTerminated = true;
      signalGroup(this.#child.pid, this.#isGone, "SIGKILL");
      if (this.#exit !== undefined) this.#letGo();
    }
    return !this.#isGone;
  }

  /** Ends what is left of the process's group, also when the process is long over. */
  sweep(): void {
    signalGroup(this.#child.pid, this.#isGone, "SIGKILL");
  }

  async #follow(): Promise<void> {
    const ends = this.#child.outputs.map((output) => relay(output, (chunk) => this.#tell(output.stream, chunk)));
    const { exitCode: code } = await this.#child.exit;
    this.#isGone = true;
    // What the child wrote last is mostly there already: it is told before the exit.
    await nextTurn();
    this.#exit = { code, seq: this.#nextSeq++ };
    this.#wake();
    this.#events.exited({ processId: this.#id, seq: this.#exit.seq, exitCode: code, sandboxDenied: false });
    if (this.#isTerminated) this.#letGo();
    await Promise.all(ends);
    this.#input.close();
    this.#isClosed = true;
    const seq = this.#nextSeq++;
    this.#wake();
    this.#events.closed({ processId: this.#id, seq });
  }

  #tell(stream: OutputStream, chunk: Buffer): Promise<void> | undefined {
    const seq = this.#nextSeq++;
    this.#log.append({ seq, stream, chunk });
    this.#wake();
    return this.#events.output({ processId: this.#id, seq, stream, chunk }) ?? undefined;
  }

  #letGo(): void {
    for (const { source } of this.#child.outputs) source.destroy();
  }

  #hasNews(after: number): boolean {
    return (
      this.#isClosed ||
      (this.#exit !== undefined && this.#exit.seq > after) ||
      this.#log.after(after, 0).chunks.length > 0
    );
  }

  /** Waits until there is something to answer with, or the time is over. */
  async #news(after: number, waitMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasNews(after)) return;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(onChange);
      };
      const onChange = (): void => {
        if (!this.#hasNews(after)) return;
        stop();
        resolve();
      };
      const onAbort = (): void => {
        stop();
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        stop();
        resolve();
      }, waitMs);
      signal.addEventListener("abort", onAbort);
      this.#waiting.add(onChange);
    });
  }

  #wake(): void {
    for (const onChange of this.#waiting) onChange();
  }
}
