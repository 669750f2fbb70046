import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { start, stop } from "./processes.mjs";
import { codex, switchboard } from "./places.mjs";

/** Whether Codex's own server runs in place of ours. */
export const isReference = process.argv.includes("--reference");

/**
 * The server under test as a command: Switchboard, or with `--reference` Codex's own, to compare with.
 *
 * @type {readonly string[]}
 */
export const serverCommand = [process.execPath, isReference ? (codex ?? "codex") : switchboard];

/**
 * Starts the server on an address and waits until it listens.
 *
 * @param {import("./sandbox.mjs").Sandbox} sandbox
 * @param {{ listen?: string, flags?: readonly string[] }} [options] default: a free port of 127.0.0.1
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startServer(sandbox, { listen = "ws://127.0.0.1:0", flags = [] } = {}) {
  const child = start([...serverCommand, "app-server", "--listen", listen, ...flags], {
    cwd: sandbox.project,
    env: sandbox.environment,
  });
  let stderr = "";
  let ended = false;
  child.stderr.on("data", (data) => (stderr += String(data)));
  child.once("exit", () => (ended = true));
  for (const end = Date.now() + 15_000; ; await sleep(20)) {
    const url = await addressOf(listen, stderr);
    if (url !== undefined) return { url, stop: () => stop(child.pid) };
    if (!ended && Date.now() < end) continue;
    await stop(child.pid);
    throw new Error(`the server does not listen on ${listen}: ${stderr}`);
  }
}

/**
 * Where the server listens, once it does: a port it says on stderr, a socket is simply there.
 *
 * @param {string} listen
 * @param {string} stderr
 */
async function addressOf(listen, stderr) {
  if (!listen.startsWith("unix://")) return /ws:\/\/[\d.]+:[1-9]\d*/.exec(stderr)?.[0];
  return (await stat(listen.slice("unix://".length)).catch(() => undefined)) && listen;
}
