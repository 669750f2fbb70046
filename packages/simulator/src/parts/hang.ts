import { part, type Part } from "../reply.js";

/**
 * Falls silent instead of ending: alone, the headers and nothing else; after other parts, their events
 * and nothing else. The connection stays open.
 */
export function hang(): Part {
  return part((draft) => {
    draft.ending = "silence";
  });
}
