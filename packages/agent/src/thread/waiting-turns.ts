import { invalidRequest } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import { TurnRecord } from "../turn/turn-record.js";

/** Most turns that wait; more are refused. */
const maxWaiting = 100;

/** Turns of a thread that were accepted and begin when what runs has ended, because that takes no input. */
export class WaitingTurns {
  readonly #records = new Map<string, TurnRecord>();
  #isClosed = false;

  get isEmpty(): boolean {
    return this.#records.size === 0;
  }

  /** One more. @throws RpcError when too many wait, or the thread ends */
  add(): TurnRecord {
    if (this.#isClosed) throw invalidRequest("the thread is being closed");
    if (this.#records.size >= maxWaiting) throw invalidRequest("too many turns wait for the one that runs");
    const record = new TurnRecord(uuidv7());
    this.#records.set(record.id, record);
    return record;
  }

  /** Takes one out, to begin it or to call it off; undefined if it waits no more. */
  take(turnId: string): TurnRecord | undefined {
    const record = this.#records.get(turnId);
    this.#records.delete(turnId);
    return record;
  }

  /** None of them begins any more. */
  close(): void {
    this.#isClosed = true;
    this.#records.clear();
  }
}
