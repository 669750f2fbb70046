import type { ServerMethod, ServerRequestResult, ServerRequests, ThreadActiveFlag } from "@switchboard/protocol";

import type { Ask } from "../ask.js";

/** What the questions of a thread are put through. */
export interface Questioner {
  /** Asks; see {@link Ask}. */
  readonly ask: Ask;
  /** Asks about something that clients are to see after the thread is marked as waiting, and before the question. */
  askAbout<M extends ServerMethod>(
    announce: () => void,
    method: M,
    params: () => ServerRequests[M]["params"],
    signal: AbortSignal,
  ): Promise<ServerRequestResult<M> | undefined>;
}

/** The questions of a thread that its clients have not answered yet. */
export class Questions implements Questioner {
  readonly #ask: Ask;
  readonly #onChange: (flags: ThreadActiveFlag[]) => void;
  readonly #waiting = new Map<ThreadActiveFlag, number>();

  /** `onChange` is called with what the thread waits for, whenever that changes. */
  constructor(ask: Ask, onChange: (flags: ThreadActiveFlag[]) => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  readonly ask: Ask = (method, params, signal) =>
    this.askAbout(
      () => undefined,
      method,
      () => params,
      signal,
    );

  async askAbout<M extends ServerMethod>(
    announce: () => void,
    method: M,
    params: () => ServerRequests[M]["params"],
    signal: AbortSignal,
  ): Promise<ServerRequestResult<M> | undefined> {
    const flag = flagOf(method);
    this.#count(flag, 1);
    try {
      announce();
      return await this.#ask(method, params(), signal);
    } finally {
      this.#count(flag, -1);
    }
  }

  #count(flag: ThreadActiveFlag | undefined, by: 1 | -1): void {
    if (flag === undefined) return;
    const before = this.#waiting.get(flag) ?? 0;
    this.#waiting.set(flag, before + by);
    if (before === 0 || before + by === 0) {
      this.#onChange([...this.#waiting].filter(([, count]) => count > 0).map(([name]) => name));
    }
  }
}

/** Tools of a client work by themselves: nobody is kept waiting. */
function flagOf(method: ServerMethod): ThreadActiveFlag | undefined {
  switch (method) {
    case "item/tool/call":
      return undefined;
    case "item/tool/requestUserInput":
      return "waitingOnUserInput";
    default:
      return "waitingOnApproval";
  }
}
