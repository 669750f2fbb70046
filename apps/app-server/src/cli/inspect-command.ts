import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { RpcError, SwitchboardError } from "@switchboard/protocol";

import { parseFlags } from "./command-line.js";
import { clean, connectionsTable, jsonLine, ledgerHead, ledgerRow, ledgerTable, missedLine } from "./inspect-tables.js";
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
  // Whoever reads may have seen enough, as `head` has.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  await inspect(command, values).catch((error: unknown) => {
    if (!(error instanceof SwitchboardError || error instanceof RpcError)) throw error;
    // It may quote the server.
    throw new SwitchboardError({ code: "inspect_failed", message: clean(error.message), cause: error });
  });
}

async function inspect(
  command: "ledger" | "connections",
  values: ReturnType<typeof parseFlags<typeof flags>>,
): Promise<void> {
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
      await server.follow((entry, missed) => {
        // The lines of JSON are for programs, which see it by the numbers.
        if (missed > 0) (isJson ? console.error : console.log)(missedLine(missed));
        console.log(isJson ? jsonLine(entry) : ledgerRow(entry));
      });
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
  return entries.map(jsonLine).join("\n");
}
