import type { OutboundRecord } from "@switchboard/client";
import { createDefaultIdentity } from "@switchboard/login";
import { openListener } from "@switchboard/protocol/listener";
import { onTestFinished } from "vitest";

import type { Ledger } from "../../src/ledger/ledger.js";
import { Server } from "../../src/server/server.js";
import { temporaryFolder } from "./temporary-home.js";
import { host } from "./test-server.js";

/** A server whose ledger a test writes itself, through the hook of the request client. */
export interface LedgerServer {
  readonly url: string;
  readonly server: Server;
  readonly ledger: Ledger;
  readonly warnings: string[];
}

/** Starts one, on a real port; gone when the test has finished. */
export async function ledgerServer(): Promise<LedgerServer> {
  const warnings: string[] = [];
  const folder = await temporaryFolder();
  const server = new Server({
    codexHome: folder,
    cwd: folder,
    environment: {},
    configFlags: {},
    defaultIdentity: createDefaultIdentity("switchboard", host),
    network: {},
    residency: undefined,
    ledgerFile: undefined,
    analyticsDefaultEnabled: false,
    log: { warn: (line) => warnings.push(line), debug: () => undefined },
    clock: Date.now,
  });
  const listener = await openListener({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    healthPaths: [],
    onConnection: (transport) => server.accept(transport),
  });
  onTestFinished(async () => {
    await listener.close();
    await server.close(0);
  });
  return { url: listener.url, server, ledger: server.ledger, warnings };
}

/** A request to a place, as the request client tells of it; of one client, unless said otherwise. */
export function requestTo(path: string, more: Partial<OutboundRecord> = {}): OutboundRecord {
  return {
    kind: "responses",
    attribution: { connection: 1, client: "codex_vscode", originator: "codex_vscode" },
    method: "POST",
    origin: "http://127.0.0.1:1",
    path,
    originator: "codex_vscode",
    userAgent: undefined,
    traceparent: undefined,
    ...more,
  };
}

/** How most requests end. */
export const done = { status: 200, receivedBytes: 7, failure: undefined };
