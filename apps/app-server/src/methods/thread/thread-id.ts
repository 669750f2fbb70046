import type { Thread } from "@switchboard/agent";
import { invalidRequest } from "@switchboard/protocol";

import type { Server } from "../../server/server.js";

/**
 * Reads a thread id in any of the forms of a UUID, and gives the usual one. Refusals are worded as the
 * reference's UUID library words them.
 *
 * @throws RpcError
 */
export function parseThreadId(text: string, what: "thread id" | "session id" = "thread id"): string {
  const bare = text.replace(/^urn:uuid:/i, "").replace(/^\{(.*)\}$/, "$1");
  const hex = bare.replaceAll("-", "").toLowerCase();
  if (/^[0-9a-f]{32}$/.test(hex) && (bare.length === 32 || /^.{8}-.{4}-.{4}-.{4}-.{12}$/.test(bare))) {
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
  throw invalidRequest(`invalid ${what}: ${reason(text)}`);
}

function reason(text: string): string {
  const position = text.search(/[^0-9a-fA-F-]/);
  if (position >= 0) {
    const found = String.fromCodePoint(text.codePointAt(position) ?? 0);
    return `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${found}\` at ${position + 1}`;
  }
  const groups = text.split("-").length;
  if (groups === 1) return `invalid length: expected length 32 for simple format, found ${text.length}`;
  return groups === 5 ? "invalid group length" : `invalid group count: expected 5, found ${groups}`;
}

/**
 * The loaded thread with an id.
 *
 * @throws RpcError `thread not found: …`, or with the words of `missing`.
 */
export function requireThread(server: Server, threadId: string, missing = "thread not found"): Thread {
  const id = parseThreadId(threadId);
  const thread = server.threads.get(id);
  if (thread === undefined) throw invalidRequest(`${missing}: ${id}`);
  return thread;
}
