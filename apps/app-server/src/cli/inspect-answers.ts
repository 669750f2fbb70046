import { isJsonObject } from "@switchboard/client";

import type { LedgerEntry } from "../ledger/entry.js";
import type { ConnectionSummary } from "../methods/switchboard/connections-list.js";
import type { LedgerReadResponse } from "../methods/switchboard/ledger-read.js";

type Kind = "number" | "string" | "number or null" | "string or null";

const entryMembers: Readonly<Record<Exclude<keyof LedgerEntry, "expectedOriginator">, Kind>> = {
  seq: "number",
  endSeq: "number or null",
  atMs: "number",
  path: "string",
  connection: "number or null",
  client: "string or null",
  originator: "string or null",
  method: "string",
  host: "string",
  urlPath: "string",
  status: "number or null",
  receivedBytes: "number",
  durationMs: "number or null",
  failure: "string or null",
};

const connectionMembers: Readonly<Record<Exclude<keyof ConnectionSummary, "client" | "threads">, Kind>> = {
  id: "number",
  originator: "string or null",
  openedAtMs: "number",
  requests: "number",
  turns: "number",
  queuedBytes: "number",
  outbound: "number",
};

/** Whether a server's answer is what `switchboard/ledger/read` gives: the server asked may be any. */
export function isLedgerRead(answer: unknown): answer is LedgerReadResponse {
  if (!isJsonObject(answer) || !hasMembers(answer, { count: "number", mismatches: "number" })) return false;
  return Array.isArray(answer["entries"]) && answer["entries"].every(isEntry);
}

/** Whether a server's answer is what `switchboard/connections/list` gives. */
export function isConnectionsList(answer: unknown): answer is { readonly data: readonly ConnectionSummary[] } {
  return isJsonObject(answer) && Array.isArray(answer["data"]) && answer["data"].every(isConnection);
}

function isEntry(value: unknown): boolean {
  if (!isJsonObject(value) || !hasMembers(value, entryMembers)) return false;
  return value["expectedOriginator"] === undefined || isKind(value["expectedOriginator"], "string or null");
}

function isConnection(value: unknown): boolean {
  if (!isJsonObject(value) || !hasMembers(value, connectionMembers)) return false;
  const { client, threads } = value;
  if (client !== null && !(isJsonObject(client) && hasMembers(client, { name: "string", version: "string" })))
    return false;
  return Array.isArray(threads) && threads.every((id) => typeof id === "string");
}

function hasMembers(value: Readonly<Record<string, unknown>>, members: Readonly<Record<string, Kind>>): boolean {
  return Object.entries(members).every(([name, kind]) => isKind(value[name], kind));
}

function isKind(value: unknown, kind: Kind): boolean {
  return kind.startsWith(typeof value) || (value === null && kind.endsWith("null"));
}
