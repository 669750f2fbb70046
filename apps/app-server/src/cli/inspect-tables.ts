import type { LedgerEntry } from "../ledger/entry.js";
import { maxEntries } from "../ledger/ledger.js";
import type { ConnectionSummary } from "../methods/switchboard/connections-list.js";
import type { LedgerReadResponse } from "../methods/switchboard/ledger-read.js";
import { formatTable } from "./table.js";

/**
 * What moves the cursor of a terminal, turns the order of what it shows round, or shows as nothing. Clients choose
 * their names, and the server that is looked into may be any.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const ledgerHeading = ["time", "conn", "client", "originator", "path", "request", "status", "bytes", "ms"];

/** What left a server, as a table, with the count of requests under a wrong name below it. */
export function ledgerTable({ entries, count, mismatches }: LedgerReadResponse): string {
  const table = asTable([ledgerHeading, ...entries.map(cells)]);
  return `${table}\n\n${count} requests, ${mismatches} under a name that the rules do not give them`;
}

/** Widths of columns for lines that come one by one; what is longer shifts the rest. */
const rowWidths = [12, 4, 13, 13, 19, 46, 6, 8, 4];

/** The heading of {@link ledgerRow}s. */
export const ledgerHead = asRow(ledgerHeading);

/** One request as a line. */
export function ledgerRow(entry: LedgerEntry): string {
  return asRow(cells(entry));
}

/** Says of requests that are over and were not seen that they are missing. */
export function missedLine(missed: number): string {
  return `(not shown: ${missed} that ended earlier; the server keeps the latest ${maxEntries})`;
}

function asRow(row: readonly string[]): string {
  return row
    .map((cell, column) => clean(cell).padEnd(rowWidths[column] ?? 0))
    .join("  ")
    .trimEnd();
}

/** Who is connected, as a table. */
export function connectionsTable(connections: readonly ConnectionSummary[]): string {
  const heading = ["conn", "client", "originator", "since", "threads", "requests", "turns", "queued", "outbound"];
  const rows = connections.map(
    ({ id, client, originator, openedAtMs, threads, requests, turns, queuedBytes, outbound }) => [
      `${id}`,
      client === null ? "-" : `${client.name} ${client.version}`,
      originator ?? "-",
      new Date(openedAtMs).toISOString(),
      threads.length === 0 ? "-" : threads.join(" "),
      `${requests}`,
      `${turns}`,
      `${queuedBytes}`,
      `${outbound}`,
    ],
  );
  return asTable([heading, ...rows]);
}

function cells(entry: LedgerEntry): string[] {
  const { atMs, connection, client, originator, expectedOriginator, path, method, host, urlPath } = entry;
  const wrong = expectedOriginator === undefined ? "" : ` (WRONG: not ${expectedOriginator ?? "none"})`;
  return [
    new Date(atMs).toISOString().slice(11, 23),
    connection === null ? "-" : `${connection}`,
    client ?? "-",
    `${originator ?? "-"}${wrong}`,
    path,
    `${method} ${host}${urlPath}`,
    entry.failure ?? `${entry.status ?? "…"}`,
    `${entry.receivedBytes}`,
    entry.durationMs === null ? "…" : `${entry.durationMs}`,
  ];
}

/** Cells as columns, without what would reach beyond its cell. */
function asTable(rows: readonly (readonly string[])[]): string {
  return formatTable(rows.map((row) => row.map(clean)));
}

/** A text from outside with a mark in place of all that is not to reach a terminal. */
export function clean(text: string): string {
  return text.replaceAll(unprintable, "\uFFFD");
}

/** A value as a line of JSON, in which the same is escaped. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replaceAll(unprintable, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
      "",
    ),
  );
}
