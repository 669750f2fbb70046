import { Thread, type ThreadHost, type ThreadSpec } from "./thread.js";

/** The threads that are loaded in this process. The one place that knows who owns which thread. */
export class Threads {
  readonly #loaded = new Map<string, Thread>();

  /** Makes a thread and keeps it until it is unloaded. */
  start(spec: ThreadSpec, host: ThreadHost): Thread {
    const thread = new Thread(spec, host);
    this.#loaded.set(thread.id, thread);
    return thread;
  }

  get(id: string): Thread | undefined {
    return this.#loaded.get(id);
  }

  /** All loaded threads. */
  all(): Thread[] {
    return [...this.#loaded.values()];
  }

  /** The ids of all loaded threads, sorted; they are made so that this is their order of creation. */
  ids(): string[] {
    return [...this.#loaded.keys()].sort();
  }

  /** Forgets a thread. Its running turn, if any, is interrupted, and what it holds is given back. */
  unload(id: string): void {
    this.#loaded.get(id)?.close();
    this.#loaded.delete(id);
  }

  /** Resolves when no turn runs in any thread. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#loaded.values()].map((thread) => thread.whenIdle()));
  }

  /** Interrupts whatever runs. */
  interruptAll(): void {
    for (const thread of this.#loaded.values()) thread.interrupt();
  }
}
