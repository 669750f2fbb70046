import { invalidRequest, RpcError, rpcCodes } from "@switchboard/protocol";

import { base64 } from "../decode/base64.js";
import { childEnvironment, type Environment } from "./environment.js";
import type {
  ProcessEvents,
  ProcessReadParams,
  ProcessSignalParams,
  ProcessStarted,
  ProcessStartParams,
  ProcessTerminateParams,
  ProcessWriteParams,
  ReadResult,
  WriteStatus,
} from "./messages.js";
import { RunningProcess } from "./running-process.js";
import { internal, spawnFailure } from "./spawn-failure.js";
import { spawnPiped } from "./spawn-piped.js";
import { spawnTerminal } from "./spawn-terminal.js";
import type { SpawnedChild } from "./spawned-child.js";
import { refuseUnsupported } from "./unsupported.js";
import { workingDirectory } from "./working-directory.js";

/** How long a closed process can still be read, and its id is taken. Observed on the reference 0.169.0. */
const keptAfterCloseMs = 80_000;

/** What a {@link ProcessTable} is made from. */
export interface ProcessTableOptions {
  /** The variables that children may inherit by their policy. */
  readonly environment: Environment;
}

/** A start under way. */
interface Starting {
  cancelled: boolean;
}

interface Entry {
  readonly process: RunningProcess | Starting;
  expiry?: NodeJS.Timeout;
}

/** The processes of one session, under the ids their client gave them. Failures are {@link RpcError}s. */
export class ProcessTable {
  readonly #events: ProcessEvents;
  readonly #environment: Environment;
  readonly #entries = new Map<string, Entry>();
  /** Starts under way, so that closing can wait for them. */
  readonly #starts = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(events: ProcessEvents, { environment }: ProcessTableOptions) {
    this.#events = events;
    this.#environment = environment;
  }

  /** `process/start`. Answers when the program runs. */
  async start(params: ProcessStartParams): Promise<ProcessStarted> {
    const { processId } = params;
    const spawning = prepare(params, this.#environment);
    if (this.#isClosed) throw invalidRequest(`process ${processId} start was cancelled`);
    if (this.#entries.has(processId)) throw invalidRequest(`process ${processId} already exists`);
    const starting: Starting = { cancelled: false };
    this.#entries.set(processId, { process: starting });
    const started = this.#launch(processId, starting, spawning);
    this.#starts.add(started);
    try {
      return await started;
    } finally {
      this.#starts.delete(started);
    }
  }

  /** `process/read`. */
  async read(params: ProcessReadParams, signal: AbortSignal): Promise<ReadResult> {
    const { processId } = params;
    const found = this.#entries.get(processId)?.process;
    if (found === undefined) throw invalidRequest(`unknown process id ${processId}`);
    if (!(found instanceof RunningProcess)) throw invalidRequest(`process id ${processId} is starting`);
    return found.read(params, signal);
  }

  /**
   * `process/write`. It is answered when the bytes are on their way to the child, or, when a child that does not
   * read has a mebibyte waiting, when it has caught up.
   */
  async write({ processId, chunk, writeId }: ProcessWriteParams): Promise<{ readonly status: WriteStatus }> {
    const bytes = base64(chunk);
    if (writeId === "") throw new RpcError(rpcCodes.invalidParams, "writeId must not be empty");
    const found = this.#entries.get(processId)?.process;
    if (found === undefined) return { status: "unknownProcess" };
    if (!(found instanceof RunningProcess)) return { status: "starting" };
    return { status: await found.write(writeId, bytes) };
  }

  /** `process/signal`. An unknown process is no error: it may just have ended. */
  signal({ processId }: ProcessSignalParams): Record<string, never> {
    const found = this.#entries.get(processId)?.process;
    if (found instanceof RunningProcess) found.interrupt();
    return {};
  }

  /** `process/terminate`. */
  terminate({ processId }: ProcessTerminateParams): { readonly running: boolean } {
    const found = this.#entries.get(processId)?.process;
    if (found === undefined) return { running: false };
    if (found instanceof RunningProcess) return { running: found.terminate() };
    found.cancelled = true;
    return { running: true };
  }

  /** Ends all processes with everything they left in their groups, and waits until they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closing: Array<Promise<unknown>> = [...this.#starts].map((start) => start.catch(() => {}));
    for (const { process, expiry } of this.#entries.values()) {
      clearTimeout(expiry);
      if (process instanceof RunningProcess) {
        process.terminate();
        process.sweep();
        closing.push(process.closed);
      } else {
        process.cancelled = true;
      }
    }
    await Promise.all(closing);
    this.#entries.clear();
  }

  async #launch(id: string, starting: Starting, spawning: () => Promise<SpawnedChild>): Promise<ProcessStarted> {
    let child: SpawnedChild;
    try {
      child = await spawning();
    } catch (error) {
      this.#entries.delete(id);
      throw spawnFailure(error);
    }
    if (starting.cancelled) {
      this.#entries.delete(id);
      const unheard = new RunningProcess(id, child, { output() {}, exited() {}, closed() {} });
      unheard.terminate();
      await unheard.closed;
      throw invalidRequest(`process ${id} start was cancelled`);
    }
    const running = new RunningProcess(id, child, this.#events);
    const entry: Entry = { process: running };
    this.#entries.set(id, entry);
    void running.closed.then(() => this.#expireLater(id, entry, running));
    return { processId: id, sandboxType: "none" };
  }

  #expireLater(id: string, entry: Entry, running: RunningProcess): void {
    if (this.#isClosed) return;
    entry.expiry = setTimeout(() => {
      running.sweep();
      this.#entries.delete(id);
    }, keptAfterCloseMs);
    entry.expiry.unref();
  }
}

/** Checks what was asked for. Nothing has started when this throws. */
function prepare(params: ProcessStartParams, inherited: Environment): () => Promise<SpawnedChild> {
  const [program, ...rest] = params.argv;
  if (program === undefined) throw new RpcError(rpcCodes.invalidParams, "argv must not be empty");
  refuseUnsupported(params);
  const { tty } = params;
  const arg0 = params.arg0 ?? undefined;
  if (tty && arg0 !== undefined && arg0 !== program) {
    throw new RpcError(rpcCodes.invalidParams, "arg0 is not supported together with tty; leave one of them out");
  }
  const cwd = workingDirectory(params.cwd);
  const env = childEnvironment(inherited, params.envPolicy, params.env);
  if (program === "") throw internal(`missing program for ${tty ? "PTY" : "pipe"} spawn`);
  const strings = [arg0 ?? "", ...params.argv, ...Object.entries(env).flat()];
  if (strings.some((text) => text.includes("\0"))) throw internal("nul byte found in provided data");
  const request = { argv: [program, ...rest] as const, arg0, cwd, env };
  return () => (tty ? spawnTerminal(request) : spawnPiped({ ...request, pipeStdin: params.pipeStdin ?? false }));
}
