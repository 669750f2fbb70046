import { createDefaultIdentity, defaultOriginator, describeHost } from "@switchboard/login";
import { startSimulator, text, type RecordedRequest, type Simulator } from "@switchboard/simulator";

import { createAppServer } from "../app-server.js";
import { parseFlags } from "../cli/command-line.js";
import { stderrLogger } from "../log.js";
import { switchboardVersion } from "../version.js";
import { DemoClient } from "./demo-client.js";
import { makeDemoHome } from "./demo-home.js";
import { formatTable } from "../cli/table.js";

const version = "1.0.0";

/** A turn of the demonstration: who runs it, on whose thread. */
interface PlannedTurn {
  readonly label: string;
  readonly client: DemoClient;
  readonly threadId: string;
}

/**
 * `switchboard demo`: several clients on one server, with a model on this machine, and whose name the
 * model was told. Stays up afterwards for real clients, unless `--once` is given; then its exit code
 * says whether every name was right.
 */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { once = false } = parseFlags(args, { once: { type: "boolean" } });
  const simulator = await startSimulator({
    script: () => text("Every connection keeps its own name.", { deltas: 6, delayMs: 120 }),
  });
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
  console.log(`app-server on ${url}, model on ${simulator.url}\n`);
  const allRight = await showNames(url, simulator);
  if (once) {
    await stop();
    process.exitCode = allRight ? 0 : 1;
    return;
  }
  console.log(
    `\nStill serving. Attach a real client, in another terminal:\n\n  codex --remote ${url}\n\nCtrl-C ends it.`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
}

/** Runs the turns and prints the table. Returns whether each request came under its owner's name. */
async function showNames(url: string, simulator: Simulator): Promise<boolean> {
  const backend = await DemoClient.open(url, "codex-backend", version);
  const editor = await DemoClient.open(url, "codex_vscode", version);
  const phone = await DemoClient.open(url, "codex_ios", version);
  const clients = [backend, editor, phone];
  const [backendThread, editorThread, phoneThread] = await Promise.all([
    backend.startThread(),
    editor.startThread(),
    phone.startThread(),
  ]);
  await phone.watch(editorThread);

  const rows = [["connection", "turn", "originator at the model", "User-Agent at the model", ""]];
  let allRight = true;
  const run = async ({ label, client, threadId }: PlannedTurn): Promise<void> => {
    console.log(`  ${client.name}: ${label} …`);
    const { turnId, status } = await client.runTurn(threadId, `${client.name}: ${label}`);
    console.log(`  ${client.name}: ${label} ${status}`);
    const request = simulator.requests.find((each) => turnIdOf(each) === turnId);
    const { originator, agent } = namesOf(request);
    const right =
      originator === client.name &&
      agent.startsWith(`${client.name}/`) &&
      agent.endsWith(`(${client.name}; ${version})`);
    allRight &&= right;
    rows.push([client.name, label, originator, agent, right ? "right" : "WRONG"]);
  };

  await Promise.all([
    run({ label: "own thread", client: backend, threadId: backendThread }),
    run({ label: "own thread", client: editor, threadId: editorThread }),
    run({ label: "own thread", client: phone, threadId: phoneThread }),
  ]);
  await run({ label: "codex_vscode's thread", client: phone, threadId: editorThread });
  await run({ label: "own thread again", client: editor, threadId: editorThread });
  for (const client of clients) client.close();
  console.log(
    `\n${formatTable(rows)}\n\n${allRight ? "All right: every request went out under its owner's name." : "WRONG: a request went out under another client's name."}`,
  );
  return allRight;
}

function turnIdOf(request: RecordedRequest): unknown {
  return request.at("client_metadata", "turn_id");
}

function namesOf(request: RecordedRequest | undefined): { readonly originator: string; readonly agent: string } {
  return { originator: request?.header("originator") ?? "(none)", agent: request?.header("user-agent") ?? "(none)" };
}
