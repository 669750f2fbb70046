import { appendFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * One message between a client and the server.
 *
 * @typedef {{ from: "client" | "server", message: Record<string, any> }} Entry
 */

/**
 * What one connection said.
 *
 * @typedef {object} Link
 * @property {{ name: string, version: string } | undefined} clientInfo
 * @property {Entry[]} entries
 */

/**
 * A recorder of one connection: it appends to a file of its own, because shims record from other processes.
 *
 * @param {string} folder
 * @param {string} name of the connection
 * @returns {(from: Entry["from"], text: string) => void}
 */
export function recorder(folder, name) {
  const file = join(folder, `${name}.jsonl`);
  return (from, text) => appendFileSync(file, `{"from":"${from}","message":${text}}\n`);
}

/**
 * Everything recorded so far, a link for each connection that was used.
 *
 * @param {string} folder
 * @returns {Promise<Link[]>}
 */
export async function readWire(folder) {
  const links = [];
  for (const name of (await readdir(folder)).sort()) {
    const lines = (await readFile(join(folder, name), "utf8")).split("\n").filter((line) => line !== "");
    const entries = lines.map((line) => JSON.parse(line));
    const initialize = entries.find(({ message }) => message.method === "initialize");
    links.push({ clientInfo: initialize?.message.params.clientInfo, entries });
  }
  return links;
}

/**
 * Requests that the server refused, each once, with who asked.
 *
 * @param {readonly Link[]} links
 * @returns {{ client: string, method: string, code: number, text: string }[]}
 */
export function refusals(links) {
  const found = new Map();
  for (const { clientInfo, entries } of links) {
    const client = clientInfo?.name ?? "a client without a name";
    const asked = new Map();
    for (const { from, message } of entries) {
      if (from === "client" && message.method !== undefined) asked.set(message.id, message.method);
      if (from !== "server" || message.error === undefined) continue;
      const method = asked.get(message.id) ?? "a malformed message";
      const { code, message: text } = message.error;
      found.set(`${client} ${method} ${code}`, { client, method, code, text });
    }
  }
  return [...found.values()];
}

/**
 * The turns that a connection started: the text of the prompt, and the thread.
 *
 * @param {Link} link
 * @returns {{ threadId: string, text: string }[]}
 */
export function turnStarts({ entries }) {
  return entries
    .filter(({ from, message }) => from === "client" && message.method === "turn/start")
    .map(({ message: { params } }) => ({
      threadId: params.threadId,
      text: params.input.map((/** @type {{ text?: string }} */ { text }) => text ?? "").join(""),
    }));
}

/**
 * The server's notifications of a kind to one connection.
 *
 * @param {Link} link
 * @param {string} method
 * @returns {any[]} their params
 */
export function notifications({ entries }, method) {
  return entries
    .filter(({ from, message }) => from === "server" && message.method === method)
    .map(({ message }) => message.params);
}

/**
 * What one client answered to the server's requests of a kind.
 *
 * @param {Link} link
 * @param {string} method
 * @returns {any[]} the results
 */
export function answers({ entries }, method) {
  const asked = new Set(
    entries
      .filter(({ from, message }) => from === "server" && message.method === method)
      .map(({ message }) => message.id),
  );
  return entries
    .filter(({ from, message }) => from === "client" && message.result !== undefined && asked.has(message.id))
    .map(({ message }) => message.result);
}
