import type { TurnTimes } from "./rpc-client.js";

/** Throws unless every delta of the model arrived: a rate of messages that were dropped says nothing. */
export function expectDeltas(times: TurnTimes, expected: number): void {
  if (times.deltas !== expected) {
    throw new Error(`${times.deltas} of ${expected} deltas arrived`);
  }
}
