import assert from "node:assert/strict";

import { openAcpSession, startAcpClient } from "../support/acp-client.mjs";
import { assertIdentity } from "../support/identity.mjs";
import { codexAcp } from "../support/places.mjs";
import { makeSandbox } from "../support/sandbox.mjs";
import { serverCommand } from "../support/server.mjs";
import { writeShim } from "../support/shim.mjs";
import { readWire, refusals } from "../support/wire.mjs";

export const name = "codex-acp 2.6.0";

/** Why it cannot run here, if so. */
export async function missing() {
  return codexAcp === undefined ? "@agentclientprotocol/codex-acp is not installed" : undefined;
}

/** @param {import("../support/report.mjs").Context} context */
export async function run({ model, check }) {
  const sandbox = await makeSandbox(model.url);
  const codexPath = await writeShim(sandbox, { name: "acp", script: "stdio.mjs", args: serverCommand });
  const client = startAcpClient(sandbox, codexPath);
  const clientInfo = { name: "conformance-editor", version: "7.8.9" };
  let sessionId = "";
  try {
    const opened = await check("initialize, session/new", async () => {
      sessionId = await openAcpSession(client, sandbox, clientInfo);
    });
    if (!opened) return refusals(await readWire(sandbox.wire));
    await check("session/prompt", async () => {
      const { stopReason, chunks } = await client.prompt(sessionId, "say ping-acp");
      assert.equal(stopReason, "end_turn");
      assert.equal(said(chunks), "I say pong-acp to you");
      assert.ok(chunks.length >= 2, `streamed in ${chunks.length} chunks`);
    });
    await check("forwards the editor's name", async () => {
      const [request] = model.requestsOf("ping-acp");
      assert.ok(request, "a model request");
      assertIdentity(request, clientInfo);
    });
    await check("second session/prompt", async () => {
      const { chunks } = await client.prompt(sessionId, "say ping-acp-again");
      assert.equal(said(chunks), "I say pong-acp-again to you");
      assert.ok(JSON.stringify(model.requestsOf("ping-acp-again")[0]?.body).includes("pong-acp to"), "the history");
    });
    await check("session/cancel interrupts the turn", async () => {
      const prompt = client.prompt(sessionId, "say slowly ping-acp-slow");
      setTimeout(() => client.notify("session/cancel", { sessionId }), 1_500);
      assert.equal((await prompt).stopReason, "cancelled");
      assert.equal(await model.requestsOf("ping-acp-slow")[0]?.done, "aborted");
    });
    await check("session/load", async () => {
      await client.request("session/load", { sessionId, cwd: sandbox.project, mcpServers: [] });
      const { chunks } = await client.prompt(sessionId, "say ping-acp-loaded");
      assert.equal(said(chunks), "I say pong-acp-loaded to you");
    });
    await check("session/list", async () => {
      const { sessions } = await client.request("session/list", { cwd: sandbox.project });
      assert.ok(sessions.some((/** @type {any} */ each) => each.sessionId === sessionId));
    });
    return refusals(await readWire(sandbox.wire));
  } finally {
    await client.close();
    await sandbox.remove();
  }
}

/**
 * What the model said. The adapter shows a server's warnings as text before it.
 *
 * @param {readonly string[]} chunks
 */
export function said(chunks) {
  return chunks.filter((chunk) => !chunk.startsWith("Warning: ")).join("");
}
