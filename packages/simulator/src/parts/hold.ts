import { part, type Part } from "../reply.js";

/**
 * Silence until `until` settles: a test holds a turn open for as long as it likes, without sleeping.
 * A rejection goes on like a fulfilment.
 */
export function hold(until: Promise<unknown>): Part {
  return part((draft) => {
    draft.step({ kind: "hold", until });
  });
}
