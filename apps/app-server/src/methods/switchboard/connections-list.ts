import type { Server } from "../../server/server.js";

/** Who is connected. */
export interface ConnectionSummary {
  readonly id: number;
  /** Null before `initialize`. */
  readonly client: { readonly name: string; readonly version: string } | null;
  readonly originator: string | null;
  readonly openedAtMs: number;
  /** The threads that it watches. */
  readonly threads: readonly string[];
  /** Requests that it has sent, and turns that it has started. */
  readonly requests: number;
  readonly turns: number;
  /** Bytes that wait until it reads. */
  readonly queuedBytes: number;
  /** Requests that left the process for it, as far as the ledger reaches back. */
  readonly outbound: number;
}

/** `switchboard/connections/list`: who is connected, since when, and what they do here. */
export function listConnections(_params: unknown, { subscriptions, ledger }: Server): { data: ConnectionSummary[] } {
  const outbound = new Map<number, number>();
  for (const { connection } of ledger.after(0, Number.MAX_SAFE_INTEGER)) {
    if (connection !== null) outbound.set(connection, (outbound.get(connection) ?? 0) + 1);
  }
  const data = [...subscriptions.connections].map((connection) => {
    const { id, identity, openedAtMs, counts, queuedBytes } = connection;
    const client = identity?.client ?? null;
    return {
      id,
      client: client === null ? null : { name: client.name, version: client.version },
      originator: identity?.originator ?? null,
      openedAtMs,
      threads: subscriptions.threadsOf(connection),
      requests: counts.requests,
      turns: counts.turns,
      queuedBytes,
      outbound: outbound.get(id) ?? 0,
    };
  });
  return { data };
}
