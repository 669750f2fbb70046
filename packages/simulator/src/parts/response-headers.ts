import { part, type Part, type ReplyHeaders } from "../reply.js";

/** Adds response headers: `x-codex-turn-state`, rate limits, cookies. */
export function responseHeaders(headers: ReplyHeaders): Part {
  return part((draft) => {
    Object.assign(draft.headers, headers);
  });
}
