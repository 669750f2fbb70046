import type { OutboundPath } from "@switchboard/client";

/** One request that left the process, as it is kept and shown. Names, places and numbers only: no query, body, token or cookie. */
export interface LedgerEntry {
  /** Counts up from 1 over the life of the process. */
  readonly seq: number;
  /** Counts up from 1 in the order in which requests end; null while it is under way. */
  readonly endSeq: number | null;
  /** When it left, in Unix milliseconds. */
  readonly atMs: number;
  /** Which way out it took. */
  readonly path: OutboundPath;
  /** The connection that it was for; null for work that no client asked for. */
  readonly connection: number | null;
  /** The name that this client gave itself. */
  readonly client: string | null;
  /** The originator that was sent; null for none. */
  readonly originator: string | null;
  /** What the rules wanted sent, where that is something else: then something is wrong. */
  readonly expectedOriginator?: string | null;
  readonly method: string;
  readonly host: string;
  /** Of the URL, without its query; `/…` on the ways that bear nobody's name, where a path may be a secret. */
  readonly urlPath: string;
  /** Null as long as there is no answer. */
  readonly status: number | null;
  /** Of the answer's body so far. */
  readonly receivedBytes: number;
  /** From leaving to the end of the answer; null while it is under way. */
  readonly durationMs: number | null;
  /** Why it ended early, as a code; null when it did not. */
  readonly failure: string | null;
}
