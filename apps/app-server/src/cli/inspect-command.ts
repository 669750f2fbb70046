import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { parseFlags } from "./command-line.js";
import { connectionsTable, ledgerHead, ledgerRow, ledgerTable } from "./inspect-tables.js";
import { InspectedServer } from "./inspected-server.js";

const flags = {
  remote: { type: "string" },
  "token-file": { type: "string" },
  follow: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `switchboard ledger` and `switchboard connections`: looks into a running server. */
export async function runInspect(command: "ledger" | "connections", args: readonly string[]): Promise<void> {
  const values = parseFlags(args, flags);
  if (values.help === true) {
    const { inspectHelp } = await import("./help.js");
    console.log(inspectHelp);
    return;
  }
  const server = await open(values.remote ?? "unix://", values["token-file"]);
  const isJson = values.json === true;
  try {
    if (command === "connections") {
      const connections = await server.connections();
      console.log(isJson ? lines(connections) : connectionsTable(connections));
    } else if (values.follow !== true) {
      const read = await server.ledger();
      console.log(isJson ? lines(read.entries) : ledgerTable(read));
    } else {
      if (!isJson) console.log(ledgerHead);
      await server.follow((entry) => console.log(isJson ? JSON.stringify(entry) : ledgerRow(entry)));
    }
  } finally {
    server.close();
  }
}

async function open(remote: string, tokenFile: string | undefined): Promise<InspectedServer> {
  const home = process.env["CODEX_HOME"] || join(homedir(), ".codex");
  const url = remote === "unix://" ? `unix://${join(home, "app-server-control", "app-server-control.sock")}` : remote;
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim();
  return InspectedServer.open(url, token === undefined ? {} : { token });
}

function lines(entries: readonly object[]): string {
  return entries.map((entry) => JSON.stringify(entry)).join("\n");
}
