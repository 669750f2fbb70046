import type { ThreadHost, ThreadSpec } from "./thread-spec.js";
import { Thread } from "./thread.js";

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

  /** Forgets a thread. Its running turn and commands are ended, and what it holds is given back. */
  async unload(id: string): Promise<void> {
    const thread = this.#loaded.get(id);
    this.#loaded.delete(id);
    await thread?.close();
  }

  /** Ends everything that runs in any thread, and waits until it is gone. */
  async close(): Promise<void> {
    await Promise.all(this.ids().map((id) => this.unload(id)));
  }

  /** Resolves when no turn runs in any thread. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#loaded.values()].map((thread) => thread.whenIdle()));
  }

  /** Ends all realtime conversations, which would go on for ever. */
  closeRealtime(): void {
    for (const thread of this.#loaded.values()) void thread.realtime.close();
  }

  /** Interrupts whatever runs, for good: what waits does not begin any more. */
  endTurns(): void {
    for (const thread of this.#loaded.values()) thread.endTurns();
  }
}
