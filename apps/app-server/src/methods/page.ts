import { invalidRequest } from "@switchboard/protocol";

/** How a client asks for a part of a list. */
interface PageParams {
  readonly cursor?: string | null;
  readonly limit?: number | null;
}

/**
 * A page of a list that does not change. A cursor is the number of entries before the page; a limit of 0 counts
 * as 1. `what` names the entries in errors.
 *
 * @throws RpcError for a cursor that is no number or lies beyond the list.
 */
export function pageOf<T>(
  entries: readonly T[],
  { cursor, limit }: PageParams,
  what: string,
): { data: T[]; nextCursor: string | null } {
  const start = cursor === undefined || cursor === null ? 0 : Number(/^\d+$/.test(cursor) ? cursor : Number.NaN);
  if (!Number.isSafeInteger(start)) throw invalidRequest(`invalid cursor: ${cursor}`);
  if (start > entries.length) throw invalidRequest(`cursor ${start} exceeds total ${what} ${entries.length}`);
  const end = start + Math.max(limit ?? entries.length, 1);
  return { data: entries.slice(start, end), nextCursor: end < entries.length ? String(end) : null };
}
