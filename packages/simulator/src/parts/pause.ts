import { part, type Part } from "../reply.js";

/** Silence for `ms` milliseconds between the parts around it. */
export function pause(ms: number): Part {
  return part((draft) => {
    draft.step({ kind: "pause", ms });
  });
}
