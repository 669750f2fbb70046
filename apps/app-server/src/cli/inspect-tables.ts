import type { LedgerEntry } from "../ledger/entry.js";
import type { ConnectionSummary } from "../methods/switchboard/connections-list.js";
import type { LedgerReadResponse } from "../methods/switchboard/ledger-read.js";
import { formatTable } from "./table.js";

const ledgerHeading = ["time", "conn", "client", "originator", "path", "request", "status", "bytes", "ms"];

/** What left a server, as a table, with the count of requests under a wrong name below it. */
export function ledgerTable({ entries, count, mismatches }: LedgerReadResponse): string {
  const table = formatTable([ledgerHeading, ...entries.map(cells)]);
  return `${table}\n\n${count} requests, ${mismatches} under a name that the rules do not give them`;
}

/** Widths of columns for lines that come one by one; what is longer shifts the rest. */
const rowWidths = [12, 4, 13, 13, 19, 38, 6, 8, 4];

/** The heading of {@link ledgerRow}s. */
export const ledgerHead = asRow(ledgerHeading);

/** One request as a line. */
export function ledgerRow(entry: LedgerEntry): string {
  return asRow(cells(entry));
}

function asRow(row: readonly string[]): string {
  return row
    .map((cell, column) => cell.padEnd(rowWidths[column] ?? 0))
    .join("  ")
    .trimEnd();
}

/** Who is connected, as a table. */
export function connectionsTable(connections: readonly ConnectionSummary[]): string {
  const heading = ["conn", "client", "originator", "since", "threads", "requests", "turns", "queued", "outbound"];
  const rows = connections.map(
    ({ id, client, originator, openedAtMs, threads, requests, turns, queuedBytes, outbound }) => [
      `${id}`,
      client === null ? "-" : clean(`${client.name} ${client.version}`),
      clean(originator ?? "-"),
      new Date(openedAtMs).toISOString(),
      threads.length === 0 ? "-" : threads.join(" "),
      `${requests}`,
      `${turns}`,
      `${queuedBytes}`,
      `${outbound}`,
    ],
  );
  return formatTable([heading, ...rows]);
}

/** Picks the requests that are over and were not shown yet out of answers that overlap. */
export function followed() {
  const shown = new Set<number>();
  let afterSeq = 0;
  return {
    /** Where the next answer has to begin: before the oldest request that is still under way. */
    get afterSeq(): number {
      return afterSeq;
    },
    take(entries: readonly LedgerEntry[]): LedgerEntry[] {
      const over = entries.filter(({ seq, durationMs }) => durationMs !== null && !shown.has(seq));
      for (const { seq } of over) shown.add(seq);
      const open = entries.find(({ durationMs }) => durationMs === null);
      afterSeq = open === undefined ? (entries.at(-1)?.seq ?? afterSeq) : open.seq - 1;
      for (const seq of shown) if (seq <= afterSeq) shown.delete(seq);
      return over;
    },
  };
}

function cells(entry: LedgerEntry): string[] {
  const { atMs, connection, client, originator, expectedOriginator, path, method, host, urlPath } = entry;
  const wrong = expectedOriginator === undefined ? "" : ` (WRONG: not ${clean(expectedOriginator ?? "none")})`;
  return [
    new Date(atMs).toISOString().slice(11, 23),
    connection === null ? "-" : `${connection}`,
    clean(client ?? "-"),
    `${clean(originator ?? "-")}${wrong}`,
    path,
    clean(`${method} ${host}${urlPath}`),
    entry.failure ?? `${entry.status ?? "…"}`,
    `${entry.receivedBytes}`,
    entry.durationMs === null ? "…" : `${entry.durationMs}`,
  ];
}

/** A client chooses its name; what would move the cursor of a terminal is not shown. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "\uFFFD");
}
