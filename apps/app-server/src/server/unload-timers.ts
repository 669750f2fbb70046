import type { Thread } from "@switchboard/agent";

/** When a thread that nobody watches is unloaded, in seconds. */
export interface UnloadDelays {
  /** The reference's delay; a thread without turns, or an ephemeral one, has nothing to lose. */
  readonly disposable: number;
  /** For conversations: they live in memory only, and unloading loses them. */
  readonly conversation: number;
}

/** Used unless `thread_unload_delay_secs` is configured, which then holds for both. */
export const defaultUnloadDelays: UnloadDelays = { disposable: 60, conversation: 30 * 60 };

/**
 * Unloads threads some time after their last subscriber left, so that a client can come back and a
 * process that serves for months does not keep everything it ever heard.
 */
export class UnloadTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #unload: (thread: Thread) => void;
  readonly #giveUpQuestions: (threadId: string) => void;

  constructor(unload: (thread: Thread) => void, giveUpQuestions: (threadId: string) => void) {
    this.#unload = unload;
    this.#giveUpQuestions = giveUpQuestions;
  }

  /** Starts the wait. A turn that runs when it is over is waited for, but does not wait for answers any more. */
  start(thread: Thread, delays: UnloadDelays): void {
    this.cancel(thread.id);
    const seconds = thread.ephemeral || !thread.hasTurns ? delays.disposable : delays.conversation;
    const timer = setTimeout(() => {
      this.#timers.delete(thread.id);
      if (thread.isRunning) {
        this.#giveUpQuestions(thread.id);
        void thread.whenIdle().then(() => this.start(thread, delays));
      } else this.#unload(thread);
    }, seconds * 1000);
    this.#timers.set(thread.id, timer.unref());
  }

  /** Somebody watches again. */
  cancel(threadId: string): void {
    clearTimeout(this.#timers.get(threadId));
    this.#timers.delete(threadId);
  }

  /** Ends all waits. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
