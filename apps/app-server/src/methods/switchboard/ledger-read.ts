import { invalidRequest } from "@switchboard/protocol";

import type { LedgerEntry } from "../../ledger/entry.js";
import { maxEntries } from "../../ledger/ledger.js";
import type { Server } from "../../server/server.js";

/** Entries of one answer when the client does not say. */
const usualLimit = 1_000;

/** What `switchboard/ledger/read` answers. */
export interface LedgerReadResponse {
  /** Oldest first, by when they left or, if asked so, by when they ended. Requests under way are among them, without a status or a duration. */
  readonly entries: readonly LedgerEntry[];
  /** How many requests left the process so far. */
  readonly count: number;
  /** How many of them bore a name that the rules do not give them. It should be 0. */
  readonly mismatches: number;
}

/**
 * `switchboard/ledger/read {afterSeq?, limit?}`: what left the process, the latest entries after a number.
 * `{endedAfter, limit?}`: what is over, the first entries after the number of an end; whoever goes on after the last
 * one's `endSeq` sees each request once.
 *
 * @throws RpcError for params that are no counts, or for both numbers at once
 */
export function readLedger(params: unknown, { ledger }: Server): LedgerReadResponse {
  const afterSeq = numberAt(params, "afterSeq");
  const endedAfter = numberAt(params, "endedAfter");
  const limit = Math.min(numberAt(params, "limit") ?? usualLimit, maxEntries);
  if (afterSeq !== undefined && endedAfter !== undefined) {
    throw invalidRequest("Invalid request: `afterSeq` and `endedAfter` exclude each other");
  }
  return {
    entries: endedAfter === undefined ? ledger.after(afterSeq ?? 0, limit) : ledger.endedAfter(endedAfter, limit),
    count: ledger.count,
    mismatches: ledger.mismatches,
  };
}

/** A count among the params, if it is there. @throws RpcError for anything else under its name */
function numberAt(params: unknown, name: string): number | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidRequest(`Invalid request: \`${name}\` must be a count`);
}
