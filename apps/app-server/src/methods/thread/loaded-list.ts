import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { parseThreadId } from "./thread-id.js";

/** `thread/loaded/list`: the ids in memory, in pages. A cursor is the last id of the page before. */
export const listLoadedThreads: Handler<"thread/loaded/list"> = ({ cursor, limit }, { server }) => {
  const after = cursor === undefined || cursor === null ? "" : readCursor(cursor);
  const ids = server.threads.ids().filter((id) => id > after);
  const data = ids.slice(0, Math.max(limit ?? ids.length, 1));
  return { data, nextCursor: data.length < ids.length ? (data.at(-1) ?? null) : null };
};

function readCursor(cursor: string): string {
  try {
    return parseThreadId(cursor);
  } catch {
    throw invalidRequest(`invalid cursor: ${cursor}`);
  }
}
