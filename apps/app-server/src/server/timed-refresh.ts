import type { ClientIdentity, OpenaiCredentials } from "@switchboard/login";
import { messageOf } from "@switchboard/protocol";

/** How often it is looked whether the login is about to end, in milliseconds: a few times within the time in which it counts as that. */
const lookMs = 60_000;

/** What a {@link TimedRefresh} is made from. */
export interface TimedRefreshOptions {
  readonly credentials: OpenaiCredentials;
  /** Whose name it goes out under: the process default, since nobody asked for it. */
  readonly owner: ClientIdentity;
  /** Whether the login is used at all; one that is not is left to those who use it. */
  readonly isWanted: () => Promise<boolean>;
  readonly warn: (text: string) => void;
}

/** Refreshes a ChatGPT login that is about to end, so that the first request after a pause need not wait for it. */
export class TimedRefresh {
  readonly #options: TimedRefreshOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: TimedRefreshOptions) {
    this.#options = options;
  }

  /** Begins to look, a minute from now for the first time. A second call changes nothing. */
  start(): void {
    if (!this.#isClosed) this.#timer ??= setInterval(() => void this.#look(), lookMs).unref();
  }

  /** Looks no more. A refresh that is under way goes on. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { credentials, owner, isWanted, warn } = this.#options;
    try {
      if ((await isWanted()) && !this.#isClosed) await credentials.current(owner);
    } catch (error) {
      warn(messageOf(error));
    }
  }
}
