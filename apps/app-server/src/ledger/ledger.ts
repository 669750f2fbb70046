import { outboundRules, type OnOutbound, type OutboundRecord } from "@switchboard/client";

import type { Clock } from "@switchboard/agent";
import type { LedgerEntry } from "./entry.js";

/** Most requests that are kept, by when they left and by when they ended; the oldest go first. */
export const maxEntries = 10_000;

/** What a {@link Ledger} is made from. */
export interface LedgerOptions {
  readonly clock: Clock;
  /** Told of a request under a name that the rules do not give it. */
  readonly onMismatch: (entry: LedgerEntry) => void;
}

/**
 * Every request that leaves the process, the latest ten thousand of them: for whom it was, under which name it
 * went, and what became of it. A request whose name is not the one that the rules give it is counted and told:
 * the promise checks itself.
 */
export class Ledger {
  readonly #clock: Clock;
  readonly #onMismatch: LedgerOptions["onMismatch"];
  /** A ring: the entry of number `seq` is at `seq % maxEntries`. */
  readonly #entries: LedgerEntry[] = [];
  /** Another, of those that are over: the entry of number `endSeq` is at `endSeq % maxEntries`. */
  readonly #ended: LedgerEntry[] = [];
  readonly #followers = new Set<(entry: LedgerEntry) => void>();
  #lastSeq = 0;
  #lastEndSeq = 0;
  #mismatches = 0;

  constructor({ clock, onMismatch }: LedgerOptions) {
    this.#clock = clock;
    this.#onMismatch = onMismatch;
  }

  /** How many requests left so far. */
  get count(): number {
    return this.#lastSeq;
  }

  /** How many of them bore a name that the rules do not give them. */
  get mismatches(): number {
    return this.#mismatches;
  }

  /** Takes note of a request; the hook of the request client. */
  readonly record: OnOutbound = (record) => {
    const { kind, attribution, method, origin, path, originator } = record;
    const seq = (this.#lastSeq += 1);
    const atMs = this.#clock();
    const entry: LedgerEntry = {
      seq,
      endSeq: null,
      atMs,
      path: kind,
      connection: attribution?.connection ?? null,
      client: attribution?.client ?? null,
      originator: originator ?? null,
      ...(isAsItShould(record) ? {} : { expectedOriginator: attribution?.originator ?? null }),
      method,
      host: hostOf(origin),
      urlPath: path,
      status: null,
      receivedBytes: 0,
      durationMs: null,
      failure: null,
    };
    this.#entries[seq % maxEntries] = entry;
    if ("expectedOriginator" in entry) {
      this.#mismatches += 1;
      this.#onMismatch(entry);
    }
    return ({ status, receivedBytes, failure }) => {
      const endSeq = (this.#lastEndSeq += 1);
      const ended: LedgerEntry = {
        ...entry,
        endSeq,
        status: status ?? null,
        receivedBytes,
        durationMs: this.#clock() - atMs,
        failure: failure ?? null,
      };
      // Its place may be another's by now.
      if (this.#entries[seq % maxEntries] === entry) this.#entries[seq % maxEntries] = ended;
      this.#ended[endSeq % maxEntries] = ended;
      for (const follow of this.#followers) follow(ended);
    };
  };

  /** Entries after a number, oldest first, at most so many of the latest. */
  after(seq: number, limit: number): LedgerEntry[] {
    return span(this.#entries, Math.max(seq, this.#lastSeq - Math.min(limit, maxEntries)), this.#lastSeq);
  }

  /**
   * Entries that are over, after the number of an end, in the order in which they ended; at most so many of the
   * first. Numbers that are missing before the first are those of entries that are no longer kept.
   */
  endedAfter(endSeq: number, limit: number): LedgerEntry[] {
    const after = Math.max(endSeq, this.#lastEndSeq - maxEntries);
    return span(this.#ended, after, Math.min(after + limit, this.#lastEndSeq));
  }

  /** Is told of each request when it is over, until the function it gives is called. */
  follow(onEnd: (entry: LedgerEntry) => void): () => void {
    this.#followers.add(onEnd);
    return () => this.#followers.delete(onEnd);
  }
}

/** What a ring holds under the numbers after one, up to another. */
function span(ring: readonly LedgerEntry[], after: number, last: number): LedgerEntry[] {
  const found: LedgerEntry[] = [];
  for (let number = Math.max(after, 0) + 1; number <= last; number += 1) {
    const entry = ring[number % maxEntries];
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

/** Whether a request bears the name that the rules give it: the owner's where its path shows it, else none of ours. */
function isAsItShould({ kind, attribution, originator }: OutboundRecord): boolean {
  // A path of nobody's carries the headers of its caller, whatever they are; the owner's are never added.
  if (outboundRules[kind].owner === "nobody") return true;
  return attribution !== undefined && originator === attribution.originator;
}

function hostOf(origin: string): string {
  return origin.replace(/^[a-z]+:\/\//, "");
}
