import assert from "node:assert/strict";

import { openAcpSession, startAcpClient } from "../support/acp-client.mjs";
import { assertIdentity } from "../support/identity.mjs";
import { lastToken } from "../support/model.mjs";
import { codex } from "../support/places.mjs";
import { makeSandbox } from "../support/sandbox.mjs";
import { startServer } from "../support/server.mjs";
import { writeShim } from "../support/shim.mjs";
import { startTap } from "../support/tap.mjs";
import { openTui } from "../support/tui.mjs";
import { readWire, refusals, turnStarts } from "../support/wire.mjs";
import * as acp from "./codex-acp.mjs";
import * as aiSdk from "./ai-sdk.mjs";
import * as tui from "./tui.mjs";

export const name = "all on one server";

/** Why it cannot run here, if so. */
export async function missing() {
  return (await tui.missing()) ?? (await aiSdk.missing()) ?? acp.missing();
}

/** Two editors use the same adapter: they differ only in what they call themselves. */
const EDITORS = [
  { name: "editor-one", version: "1.2.3" },
  { name: "editor-two", version: "4.5.6" },
];

/**
 * A connected client: it gives a prompt with a token and checks the answer.
 *
 * @typedef {(token: string) => Promise<void>} Talk
 */

/** @param {import("../support/report.mjs").Context} context */
export async function run({ model, check }) {
  const sandbox = await makeSandbox(model.url);
  const server = await startServer(sandbox);
  const tap = await startTap(server.url, { folder: sandbox.wire });
  /** @type {Place} */
  const place = { sandbox, url: tap.url, closers: [], sdkThread: "" };
  /** @type {Talk[]} */
  const talkers = [];
  const connect = (/** @type {string} */ who, /** @type {() => Promise<Talk>} */ open) =>
    check(`${who} connects`, async () => void talkers.push(await open()));

  try {
    for (const clientInfo of EDITORS)
      await connect(`codex-acp of ${clientInfo.name}`, () => openEditor(place, clientInfo));
    await connect("AI SDK", () => openAiSdk(place));
    await connect("TUI", () => openTerminalUi(place));

    for (const round of ["one", "two"]) {
      await check(`round ${round}: ${talkers.length} turns run at once, each client gets its answer`, async () => {
        assert.ok(talkers.length > 1, "nobody to share with");
        model.holdRound(talkers.length);
        await Promise.all(talkers.map((talk, index) => talk(`ping-${round}-${index}`)));
      });
    }
    await check("the TUI joins the AI SDK's thread and takes a turn", async () => {
      const guest = await openTui(sandbox, tap.url, { before: ["resume", place.sdkThread] });
      place.closers.push(guest.close);
      await guest.submit("say ping-guest");
      await guest.waitFor(answerTo("ping-guest"));
      assert.equal(model.requestsOf("ping-guest")[0]?.header("thread-id"), place.sdkThread);
    });
    await check("every model request bears the name of the connection that started its turn", async () => {
      const links = await readWire(sandbox.wire);
      const wrong = wrongNames(links, model.requests);
      assert.ok(wrong.length === 0, `${wrong.length} of ${model.requests.length} requests\n${wrong.join("\n")}`);
      const expected = new Set(links.map(({ clientInfo }) => clientInfo?.name).filter((each) => each !== undefined));
      const seen = new Set(model.requests.map((request) => request.header("originator")));
      assert.ok(
        seen.size >= talkers.length,
        `names at the model: ${[...seen].join()}; connected: ${[...expected].join()}`,
      );
    });
    return refusals(await readWire(sandbox.wire));
  } finally {
    for (const close of place.closers.toReversed()) await close();
    await tap.close();
    await server.stop();
    await sandbox.remove();
  }
}

/**
 * @typedef {object} Place
 * @property {import("../support/sandbox.mjs").Sandbox} sandbox
 * @property {string} url of the shared server
 * @property {(() => Promise<unknown>)[]} closers
 * @property {string} sdkThread the AI SDK's thread, once it has one
 */

/**
 * @param {Place} place
 * @param {{ name: string, version: string }} clientInfo
 * @returns {Promise<Talk>}
 */
async function openEditor({ sandbox, url, closers }, clientInfo) {
  const client = startAcpClient(sandbox, await writeSharedShim(sandbox, clientInfo.name, url));
  closers.push(client.close);
  const sessionId = await openAcpSession(client, sandbox, clientInfo);
  return async (token) => {
    const { chunks } = await client.prompt(sessionId, `say ${token}`);
    assert.equal(acp.said(chunks), answerTo(token));
  };
}

/**
 * @param {Place} place
 * @returns {Promise<Talk>}
 */
async function openAiSdk(place) {
  const [{ generateText }, { createCodexAppServer }] = await Promise.all([
    import("ai"),
    import("ai-sdk-provider-codex-cli"),
  ]);
  const codexPath = await writeSharedShim(place.sandbox, "ai-sdk", place.url);
  const provider = createCodexAppServer({ defaultSettings: { codexPath, cwd: place.sandbox.project, logger: false } });
  place.closers.push(() => provider.close());
  await provider.listModels();
  return async (token) => {
    const result = await generateText({
      model: provider("mock-model"),
      prompt: `say ${token}`,
      providerOptions: {
        "codex-app-server": place.sdkThread === "" ? { threadMode: "persistent" } : { threadId: place.sdkThread },
      },
    });
    assert.equal(result.text, answerTo(token));
    const threadId = result.providerMetadata?.["codex-app-server"]?.["threadId"];
    if (typeof threadId === "string") place.sdkThread = threadId;
  };
}

/**
 * @param {Place} place
 * @returns {Promise<Talk>}
 */
async function openTerminalUi({ sandbox, url, closers }) {
  const terminal = await openTui(sandbox, url);
  closers.push(terminal.close);
  return async (token) => {
    await terminal.submit(`say ${token}`);
    await terminal.waitFor(answerTo(token));
  };
}

/**
 * @param {import("../support/sandbox.mjs").Sandbox} sandbox
 * @param {string} client
 * @param {string} url
 */
function writeSharedShim(sandbox, client, url) {
  return writeShim(sandbox, { name: client, script: "shared.mjs", args: [url, codex ?? ""] });
}

/**
 * What is wrong with the names of the model's requests, thread by thread.
 *
 * @param {readonly import("../support/wire.mjs").Link[]} links
 * @param {readonly import("../../packages/simulator/dist/index.js").RecordedRequest[]} requests
 */
function wrongNames(links, requests) {
  const wrong = [];
  for (const [threadId, sent] of byThread(requests)) {
    for (const [index, request] of sent.entries()) {
      const owners = links.filter((link) => startedTurnOf(link, threadId, request));
      try {
        assert.equal(owners.length, 1, `${owners.length} connections started this turn`);
        assertIdentity(request, owners[0]?.clientInfo);
      } catch (error) {
        wrong.push(
          `thread ${threadId}, request ${index + 1}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
  return wrong;
}

/** @param {string} token */
function answerTo(token) {
  return `I say ${token.replace("ping", "pong")} to you`;
}

/**
 * Whether a connection started the turn that a model request serves: the same thread, and a prompt with the token
 * that is the newest in the request.
 *
 * @param {import("../support/wire.mjs").Link} link
 * @param {string} threadId
 * @param {import("../../packages/simulator/dist/index.js").RecordedRequest} request
 */
function startedTurnOf(link, threadId, request) {
  const token = lastToken(JSON.stringify(request.at("input")));
  return turnStarts(link).some((turn) => turn.threadId === threadId && lastToken(turn.text) === token);
}

/** @param {readonly import("../../packages/simulator/dist/index.js").RecordedRequest[]} requests */
function byThread(requests) {
  const threads = new Map();
  for (const request of requests) {
    const id = request.header("thread-id") ?? "none";
    threads.set(id, [...(threads.get(id) ?? []), request]);
  }
  return threads;
}
