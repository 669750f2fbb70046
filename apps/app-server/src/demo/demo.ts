import { createDefaultIdentity, defaultOriginator, describeHost } from "@switchboard/login";
import type { Simulator } from "@switchboard/simulator";

import { createAppServer } from "../app-server.js";
import { parseFlags } from "../cli/command-line.js";
import { ledgerHead, ledgerRow } from "../cli/inspect-tables.js";
import { InspectedServer } from "../cli/inspected-server.js";
import { formatTable } from "../cli/table.js";
import { stderrLogger } from "../log.js";
import { switchboardVersion } from "../version.js";
import { makeDemoHome } from "./demo-home.js";
import { startDemoModel } from "./demo-model.js";
import { playScene } from "./demo-scene.js";
import { receivedBy } from "./received.js";

const version = "1.0.0";

/**
 * `switchboard demo`: three clients on one server, with a model and an MCP server on this machine: the ledger as it
 * grows, and whose name the other side was told. Stays up afterwards for real clients, unless `--once` is given; then
 * its exit code says whether every name was right.
 */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { once = false } = parseFlags(args, { once: { type: "boolean" } });
  const simulator = await startDemoModel();
  const home = await makeDemoHome(simulator.url);
  const server = await createAppServer({
    codexHome: home.path,
    defaultIdentity: createDefaultIdentity(defaultOriginator, describeHost(process.env, switchboardVersion)),
    log: stderrLogger(false),
  });
  const { url } = await server.listen("ws://127.0.0.1:0");
  const stop = async () => {
    await server.close();
    await simulator.close();
    await home[Symbol.asyncDispose]();
  };
  console.log(`app-server on ${url}, model on ${simulator.url}\n\nWhat leaves the server, as its ledger has it:\n`);
  const allRight = await show(url, simulator);
  if (once) {
    await stop();
    process.exitCode = allRight ? 0 : 1;
    return;
  }
  console.log(
    `\nStill serving. Attach a real client, in another terminal:\n\n  codex --remote ${url}\n\nand watch its name leave:\n\n  node apps/app-server/dist/cli.js ledger --follow --remote ${url}\n\nCtrl-C ends it.`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
}

/** Plays, and prints the ledger meanwhile and what was received afterwards. Returns whether every name was right. */
async function show(url: string, simulator: Simulator): Promise<boolean> {
  const inspected = await InspectedServer.open(url);
  const done = new AbortController();
  console.log(ledgerHead);
  const following = inspected.follow((entry) => console.log(ledgerRow(entry)), done.signal);
  const { turns, threads } = await playScene(url, version);
  done.abort();
  const { count, mismatches } = await following;
  inspected.close();

  const received = receivedBy(simulator, {
    ofTurn: (id) => turns.get(String(id)),
    ofThread: (id) => threads.get(String(id)),
  });
  const rows = received.map(({ client, what, originator = "(none)", userAgent = "(none)", isRight, count: times }) => [
    client,
    `${times} × ${what}`,
    originator,
    userAgent,
    isRight ? "right" : "WRONG",
  ]);
  const heading = ["connection", "request", "originator received", "User-Agent received", ""];
  const allRight = mismatches === 0 && received.every(({ isRight }) => isRight);
  const verdict = allRight
    ? "All right: every request went out under its owner's name."
    : "WRONG: a request went out under another client's name.";
  console.log(
    `\nWhat the other side received:\n\n${formatTable([heading, ...rows])}\n\n${count} requests left, ${mismatches} under a name that the rules do not give them. ${verdict}`,
  );
  return allRight;
}
