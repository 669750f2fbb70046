import { codexAcp } from "./places.mjs";
import { forEachLine } from "./lines.mjs";
import { start, stop } from "./processes.mjs";

/**
 * An editor that speaks the Agent Client Protocol: it starts the adapter and talks to it in JSON lines.
 *
 * @typedef {object} AcpClient
 * @property {(method: string, params: object) => Promise<any>} request
 * @property {(sessionId: string, text: string) => Promise<{ stopReason: string, chunks: string[] }>} prompt
 * @property {(method: string, params: object) => void} notify
 * @property {() => Promise<void>} close
 */

/**
 * @param {import("./sandbox.mjs").Sandbox} sandbox
 * @param {string} codexPath what the adapter takes for Codex
 * @returns {AcpClient}
 */
export function startAcpClient(sandbox, codexPath) {
  const child = start([process.execPath, codexAcp ?? ""], {
    cwd: sandbox.project,
    env: { ...sandbox.clientEnvironment, CODEX_PATH: codexPath, NO_BROWSER: "1" },
  });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {Map<string, string[]>} */
  const chunksBySession = new Map();
  let stderr = "";
  let nextId = 0;
  child.stderr.on("data", (data) => (stderr += String(data)));
  child.once("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the adapter ended with ${code}: ${stderr}`));
  });

  const send = (/** @type {object} */ message) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  forEachLine(child.stdout, (line) => {
    const message = JSON.parse(line);
    if (message.method === "session/update") {
      const { sessionId, update } = message.params;
      if (update.sessionUpdate === "agent_message_chunk") chunksBySession.get(sessionId)?.push(update.content.text);
    } else if (message.method !== undefined && message.id !== undefined) {
      send({ id: message.id, error: { code: -32601, message: `${message.method} is not for this client` } });
    } else if (message.method === undefined) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error !== undefined) reject?.(new Error(JSON.stringify(message.error)));
      else resolve?.(message.result);
    }
  });

  const request = (/** @type {string} */ method, /** @type {object} */ params) =>
    new Promise((resolve, reject) => {
      nextId += 1;
      waiting.set(nextId, { resolve, reject });
      send({ id: nextId, method, params });
    });
  return {
    request,
    notify: (method, params) => send({ method, params }),
    prompt: async (sessionId, text) => {
      /** @type {string[]} */
      const chunks = [];
      chunksBySession.set(sessionId, chunks);
      const { stopReason } = await request("session/prompt", { sessionId, prompt: [{ type: "text", text }] });
      return { stopReason, chunks };
    },
    close: () => stop(child.pid),
  };
}

/**
 * Says who the editor is and opens a session.
 *
 * @param {AcpClient} client
 * @param {import("./sandbox.mjs").Sandbox} sandbox
 * @param {{ name: string, version: string }} clientInfo
 * @returns {Promise<string>} the session's id
 */
export async function openAcpSession(client, sandbox, clientInfo) {
  await client.request("initialize", { protocolVersion: 1, clientCapabilities: {}, clientInfo });
  const { sessionId } = await client.request("session/new", { cwd: sandbox.project, mcpServers: [] });
  return sessionId;
}
