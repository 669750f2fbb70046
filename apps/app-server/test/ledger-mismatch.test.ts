import { startSimulator, text } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { serveMetrics } from "../src/metrics/metrics-server.js";
import { done, ledgerServer, requestTo, type LedgerServer } from "./support/ledger-server.js";
import { runToEnd } from "./support/program.js";
import { WireClient } from "./support/wire-client.js";

/** What each of those who watch over the names says. */
async function verdicts({ url, server, ledger, warnings }: LedgerServer) {
  const metrics = await serveMetrics("127.0.0.1:0", { ledger, connections: () => 0, threads: () => 0 });
  onTestFinished(() => metrics.close());
  const client = await WireClient.open(url);
  await client.initialize("codex_watcher");
  const { entries, mismatches } = await client.request("switchboard/ledger/read", {});
  const counts = await (await fetch(metrics.url)).text();
  return {
    entries,
    mismatches,
    warnings,
    metric: /^switchboard_outbound_name_mismatches (\d+)$/m.exec(counts)?.[1],
    table: (await runToEnd(["ledger", "--remote", url])).stdout,
    server,
  };
}

const vscode = { connection: 1, client: "codex_vscode", originator: "codex_vscode" };

describe("a request under a name that the rules do not give it", () => {
  it("is counted, shown and warned of when it really leaves", async () => {
    const simulator = await startSimulator({ script: () => text("Hello") });
    onTestFinished(() => simulator.close());
    const opened = await ledgerServer();
    const { body } = await opened.server.requestClient.send({
      method: "POST",
      url: `${simulator.url}/responses`,
      headers: { "content-type": "application/json" },
      owner: { originator: "codex_ios" },
      path: "responses",
      attribution: vscode,
      body: JSON.stringify({ model: "mock-model", stream: true, input: [] }),
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
    });
    await body.resume().toArray();
    expect(simulator.requests.map((request) => request.header("originator"))).toEqual(["codex_ios"]);
    const { entries, mismatches, metric, warnings, table } = await verdicts(opened);
    expect(entries).toMatchObject([{ originator: "codex_ios", expectedOriginator: "codex_vscode", status: 200 }]);
    expect({ mismatches, metric }).toEqual({ mismatches: 1, metric: "1" });
    expect(warnings).toEqual([
      `outbound request 1 (responses to 127.0.0.1:${simulator.port}) for codex_vscode went out as codex_ios instead of codex_vscode`,
    ]);
    expect(table).toContain("codex_ios (WRONG: not codex_vscode)");
    expect(table).toContain("1 requests, 1 under a name that the rules do not give them");
  });

  it.each([
    ["without a name", { originator: undefined }, "codex_vscode"],
    ["with a name where none is due", { attribution: { ...vscode, originator: undefined } }, null],
    ["for nobody, on a path that has an owner", { attribution: undefined }, null],
  ])("is one %s", async (_, differing, expectedOriginator) => {
    const opened = await ledgerServer();
    opened.ledger.record(requestTo("/wrong", differing))?.(done);
    const { entries, mismatches, metric, warnings } = await verdicts(opened);
    expect(entries).toMatchObject([{ urlPath: "/wrong", expectedOriginator }]);
    expect({ mismatches, metric, warnings: warnings.length }).toEqual({ mismatches: 1, metric: "1", warnings: 1 });
  });

  it("is none that bears its owner's, nor one whose path is nobody's", async () => {
    const opened = await ledgerServer();
    opened.ledger.record(requestTo("/right"))?.(done);
    opened.ledger.record(requestTo("/stranger", { kind: "exec-http", originator: "its_callers" }))?.(done);
    const { entries, mismatches, metric, warnings } = await verdicts(opened);
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toContain("expectedOriginator");
    expect({ mismatches, metric, warnings }).toEqual({ mismatches: 0, metric: "0", warnings: [] });
  });
});
