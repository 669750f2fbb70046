import { part, type Part } from "../reply.js";
import type { OutputItem } from "../response-draft.js";

/** Any other output item (a web search, an image, one the client has never heard of): opened and closed. */
export function outputItem(item: OutputItem): Part {
  return part((draft) => {
    draft.openItem(item);
    draft.closeItem(item);
  });
}
