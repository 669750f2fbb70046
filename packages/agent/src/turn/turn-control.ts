import { setMaxListeners } from "node:events";

import type { ContentPart } from "@switchboard/client";
import type { UserInput } from "@switchboard/protocol";

/** Input for the model with what clients are shown of it. */
export interface TurnInput {
  /** As the client sent it, to be shown as an item. */
  readonly shown: readonly UserInput[];
  /** As the model is told it. */
  readonly content: readonly ContentPart[];
  /** The client's own id of the message, echoed so that it recognises it. */
  readonly clientId: string | null;
}

/**
 * The two ways to act on a turn while it runs: stop it, or add input to it. Input cuts the model off in
 * the middle of what it says, so that it answers to the new input at once.
 */
export class TurnControl {
  readonly #turn = new AbortController();
  #sampling: AbortController | undefined;
  #waiting: TurnInput[];

  /** Without input the turn begins with what the model knows already. */
  constructor(input?: TurnInput) {
    this.#waiting = input === undefined ? [] : [input];
    // Every tool that runs listens, and many may run side by side.
    setMaxListeners(0, this.#turn.signal);
  }

  /** Aborts when the turn is interrupted. */
  get signal(): AbortSignal {
    return this.#turn.signal;
  }

  get hasInput(): boolean {
    return this.#waiting.length > 0;
  }

  /** Ends the turn as soon as possible. */
  interrupt(): void {
    const reason = new Error("the turn was interrupted");
    this.#turn.abort(reason);
    this.#sampling?.abort(reason);
  }

  /** Adds input to the running turn. */
  steer(input: TurnInput): void {
    this.#waiting.push(input);
    this.#sampling?.abort(new Error("new input arrived"));
  }

  /** Takes the input that waits. */
  takeInput(): readonly TurnInput[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** A signal for one model request: it aborts on an interrupt and when input arrives. */
  beginSampling(): AbortSignal {
    this.#sampling = new AbortController();
    if (this.#turn.signal.aborted) this.#sampling.abort(this.#turn.signal.reason);
    return this.#sampling.signal;
  }
}
