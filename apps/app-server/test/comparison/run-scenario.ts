import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startSimulator } from "@switchboard/simulator";

import { WireClient, type Json } from "../support/wire-client.js";
import { normalise, type Seen } from "./normalise.js";
import type { Scenario } from "./scenario.js";

/** Programs refuse to work below the folder for temporary files. */
const base = "/var/tmp";

/** Runs a scenario against a server program, and gives what a client saw. */
export async function runScenario(program: readonly string[], scenario: Scenario): Promise<Seen> {
  const folder = realpathSync(mkdtempSync(join(base, "switchboard-comparison-")));
  const simulator = await startSimulator({ script: scenario.script(), realtime: scenario.realtime ?? {} });
  const server = startServer(program, folder, simulator.url, scenario);
  try {
    const client = await WireClient.open(await server.url);
    await client.initialize("comparison");
    const answered = answerQuestions(client, scenario);
    const threadId = await client.startThread(scenario.start ?? {});
    const turns = (scenario.turns ?? ["go"]).map(
      (said) => ["turn/start", { input: [{ type: "text", text: said }], ...scenario.turn }] as const,
    );
    const requests: NonNullable<Scenario["requests"]> = scenario.requests ?? turns;
    for (const [method, params, until] of requests) await run(client, method, { threadId, ...params }, until);
    await client.close();
    await answered;
    return normalise(client.frames, folder, scenario);
  } finally {
    await server.stop();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(client: WireClient, method: string, params: Json, until = "turn/completed"): Promise<void> {
  const ended = () => client.notifications(until).length;
  const before = ended();
  await client.request(method, params);
  await client.frame(() => ended() > before, 20_000);
}

/** Answers each question once, until the connection is gone. */
async function answerQuestions(client: WireClient, { answer }: Scenario): Promise<void> {
  const answered = new Set<unknown>();
  for (;;) {
    const isNew = (frame: Json) => frame.method !== undefined && frame.id !== undefined && !answered.has(frame.id);
    const question = await client.frame(isNew, 60_000).catch(() => undefined);
    if (question === undefined) return;
    answered.add(question.id);
    const reply = answer?.(question.method, question.params) ?? { error: { code: -32601, message: "not expected" } };
    client.sendRaw(JSON.stringify({ id: question.id, ...reply }));
  }
}

function startServer(program: readonly string[], folder: string, modelUrl: string, scenario: Scenario) {
  const home = join(folder, "home");
  const codexHome = join(folder, "codex");
  const cwd = join(folder, "project");
  for (const each of [home, codexHome, cwd]) mkdirSync(each);
  execFileSync("git", ["init", "-q", "."], { cwd });
  for (const [name, content] of Object.entries(scenario.files ?? {})) writeFileSync(join(cwd, name), content);
  const model = scenario.model ?? "mock-model";
  writeFileSync(
    join(codexHome, "config.toml"),
    `model = "${model}"\nmodel_provider = "mock"\nallow_login_shell = false\n${scenario.config ?? ""}\n` +
      `[model_providers.mock]\nname = "mock"\nbase_url = "${modelUrl}"\nwire_api = "responses"\nenv_key = "MOCK_KEY"\n`,
  );
  const [file = "", ...args] = program;
  const child = spawn(file, [...args, "app-server", "--listen", "ws://127.0.0.1:0"], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: home, CODEX_HOME: codexHome, MOCK_KEY: "k" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let said = "";
  const url = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /ws:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    child.once("error", reject);
  });
  return {
    url,
    stop: async (): Promise<void> => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
