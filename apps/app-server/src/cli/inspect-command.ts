import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Peer, RpcError, rpcCodes, SwitchboardError } from "@switchboard/protocol";
import { connect } from "@switchboard/protocol/transports";

import type { LedgerEntry } from "../ledger/entry.js";
import type { LedgerReadResponse } from "../methods/switchboard/ledger-read.js";
import { switchboardVersion } from "../version.js";
import { parseFlags } from "./command-line.js";
import { isConnectionsList, isLedgerRead } from "./inspect-answers.js";
import { followed, ledgerRow, ledgerTable, connectionsTable } from "./inspect-tables.js";

const flags = {
  remote: { type: "string" },
  "token-file": { type: "string" },
  follow: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** How often a server is asked for news, in milliseconds. */
const pollMs = 250;

/** `switchboard ledger` and `switchboard connections`: looks into a running server. */
export async function runInspect(command: "ledger" | "connections", args: readonly string[]): Promise<void> {
  const values = parseFlags(args, flags);
  if (values.help === true) {
    const { inspectHelp } = await import("./help.js");
    console.log(inspectHelp);
    return;
  }
  const peer = await open(values.remote ?? "unix://", values["token-file"]);
  const isJson = values.json === true;
  try {
    if (command === "connections") {
      const { data } = await ask(peer, "switchboard/connections/list", {}, isConnectionsList);
      console.log(isJson ? lines(data) : connectionsTable(data));
      return;
    }
    const read = await ask(peer, "switchboard/ledger/read", {}, isLedgerRead);
    if (values.follow !== true) {
      console.log(isJson ? lines(read.entries) : ledgerTable(read));
      return;
    }
    await follow(peer, read, (entry) => console.log(isJson ? JSON.stringify(entry) : ledgerRow(entry)));
  } finally {
    peer.close();
  }
}

/** Shows each request when it is over, until the server or the user ends it. */
async function follow(peer: Peer, first: LedgerReadResponse, show: (entry: LedgerEntry) => void): Promise<void> {
  const seen = followed();
  for (let read = first; ;) {
    for (const entry of seen.take(read.entries)) show(entry);
    await pause(pollMs);
    read = await ask(peer, "switchboard/ledger/read", { afterSeq: seen.afterSeq }, isLedgerRead);
  }
}

async function open(remote: string, tokenFile: string | undefined): Promise<Peer> {
  const home = process.env["CODEX_HOME"] || join(homedir(), ".codex");
  const url = remote === "unix://" ? `unix://${join(home, "app-server-control", "app-server-control.sock")}` : remote;
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim();
  const peer = new Peer({
    transport: await connect(url, token === undefined ? {} : { token }),
    onRequest: () => {
      throw new RpcError(rpcCodes.methodNotFound, "this client only looks");
    },
    onNotification: () => true,
  });
  await peer.request("initialize", {
    clientInfo: { name: "switchboard-inspect", title: null, version: switchboardVersion },
    // Nothing is to be heard of anybody's threads.
    capabilities: { experimentalApi: false, optOutNotificationMethods: [] },
  });
  return peer;
}

/** Asks for what only our own server knows. */
async function ask<T>(
  peer: Peer,
  method: string,
  params: object,
  isAnswer: (answer: unknown) => answer is T,
): Promise<T> {
  const answer = await peer.request(method, params).catch((error: unknown) => {
    if (error instanceof RpcError) throw notSwitchboard(`the server does not know ${method}: ${error.message}`);
    throw error;
  });
  if (!isAnswer(answer)) throw notSwitchboard(`what the server answers to ${method} makes no sense`);
  return answer;
}

function notSwitchboard(what: string): SwitchboardError {
  return new SwitchboardError({
    code: "not_switchboard",
    message: `${what}. Is it a Switchboard of this version?`,
  });
}

function lines(entries: readonly object[]): string {
  return entries.map((entry) => JSON.stringify(entry)).join("\n");
}
