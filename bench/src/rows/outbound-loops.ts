import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { OutboundRecord } from "@switchboard/client";
import { createClientIdentity, currentIdentity, defaultHeaders, runWithIdentity } from "@switchboard/login";

import { LedgerFile } from "../../../apps/app-server/src/ledger/ledger-file.js";
import { Ledger } from "../../../apps/app-server/src/ledger/ledger.js";
import type { Row } from "../row.js";

const ROUNDS = 100_000;
/** So many at a time, then the loop is let go on: a queue that is never emptied would measure itself. */
const BATCH = 100;

const host = { os: "Linux", osVersion: "1", arch: "x86_64", terminal: "unknown", switchboardVersion: "0.1.0" };
const identity = createClientIdentity({ name: "switchboard-bench", version: "0.1.0" }, host, 1);

/** What a request costs before it is one: the owner's scope, and the headers made of the owner. */
export const identityLoop: Row = {
  id: "identity",
  isInProcess: true,
  figures: [{ id: "cpu", title: "identity of one outbound request, CPU", unit: "µs", budget: { atMost: 20 } }],
  async run() {
    let bytes = 0;
    const cpu = await microsecondsEach(() => {
      const headers = runWithIdentity(identity, () => defaultHeaders(currentIdentity(), { residency: "us" }));
      bytes += headers["user-agent"]?.length ?? 0;
    });
    if (bytes === 0) throw new Error("no headers were made");
    return { cpu };
  },
};

/** What it costs that a request is noted, and when it is over written to a file. */
export const ledgerLoop: Row = {
  id: "ledger",
  isInProcess: true,
  figures: [
    { id: "memory", title: "ledger of one outbound request, CPU", unit: "µs", budget: { atMost: 20 } },
    { id: "file", title: "the same with a ledger file", unit: "µs", budget: { atMost: 20 } },
  ],
  async run() {
    const memory = await microsecondsEach(noting(newLedger()));
    const path = join(tmpdir(), `switchboard-bench-ledger-${process.pid}`);
    const ledger = newLedger();
    const file = new LedgerFile(ledger, path, (line) => {
      throw new Error(line);
    });
    try {
      return { memory, file: await microsecondsEach(noting(ledger)) };
    } finally {
      await file.close();
      rmSync(path, { force: true });
    }
  },
};

const record: OutboundRecord = {
  kind: "responses",
  attribution: { connection: 1, client: "switchboard-bench", originator: "switchboard-bench" },
  method: "POST",
  origin: "https://api.example.com",
  path: "/v1/responses",
  originator: "switchboard-bench",
  userAgent: defaultHeaders(identity)["user-agent"],
  traceparent: undefined,
};

function newLedger(): Ledger {
  return new Ledger({
    clock: Date.now,
    onMismatch: () => {
      throw new Error("the benchmark's own names do not match");
    },
  });
}

function noting(ledger: Ledger): () => void {
  return () => ledger.record(record)?.({ status: 200, receivedBytes: 1_000, failure: undefined });
}

/** User and system time of this process for one call, after as many to warm up. */
async function microsecondsEach(work: () => void): Promise<number> {
  await rounds(work);
  const before = process.cpuUsage();
  await rounds(work);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / ROUNDS;
}

async function rounds(work: () => void): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    work();
    if (round % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
