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

/** Who talks in each round; the editors differ only in what they call themselves. */
const EDITORS = [
  { name: "editor-one", version: "1.2.3" },
  { name: "editor-two", version: "4.5.6" },
];

/** @param {{ model: import("../support/model.mjs").Model, check: import("../support/report.mjs").Check }} context */
export async function run({ model, check }) {
  const sandbox = await makeSandbox(model.url);
  const server = await startServer(sandbox);
  const tap = await startTap(server.url, { folder: sandbox.wire });
  const before = model.requests.length;
  const requests = () => model.requests.slice(before);
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [];
  /** Each gives a prompt and checks the answer. @type {((token: string) => Promise<void>)[]} */
  const talkers = [];
  let sdkThread = "";

  try {
    await check("an editor's adapter connects first, then another, the AI SDK and the TUI", async () => {
      const shim = (/** @type {string} */ of) =>
        writeShim(sandbox, { name: of, script: "shared.mjs", args: [tap.url, codex ?? ""] });
      for (const clientInfo of EDITORS) {
        const client = startAcpClient(sandbox, await shim(clientInfo.name));
        closers.push(client.close);
        const sessionId = await openAcpSession(client, sandbox, clientInfo);
        talkers.push(async (token) => {
          const { chunks } = await client.prompt(sessionId, `say ${token}`);
          assert.equal(acp.said(chunks), answerTo(token));
        });
      }

      const [{ generateText }, { createCodexAppServer }] = await Promise.all([
        import("ai"),
        import("ai-sdk-provider-codex-cli"),
      ]);
      const codexPath = await shim("ai-sdk");
      const provider = createCodexAppServer({ defaultSettings: { codexPath, cwd: sandbox.project } });
      closers.push(() => provider.close());
      talkers.push(async (token) => {
        const thread = sdkThread === "" ? { threadMode: /** @type {const} */ ("persistent") } : { threadId: sdkThread };
        const result = await generateText({
          model: provider("mock-model"),
          prompt: `say ${token}`,
          providerOptions: { "codex-app-server": thread },
        });
        assert.equal(result.text, answerTo(token));
        sdkThread = String(result.providerMetadata?.["codex-app-server"]?.["threadId"]);
      });

      const terminal = await openTui(sandbox, tap.url);
      closers.push(terminal.close);
      talkers.push(async (token) => {
        await terminal.submit(`say ${token}`);
        await terminal.waitFor(answerTo(token));
      });
    });

    for (const round of ["one", "two"]) {
      await check(`round ${round}: all turns run at once, each client gets its answer`, async () => {
        model.holdRound(talkers.length);
        await Promise.all(talkers.map((talk, index) => talk(`ping-${round}-${index}`)));
      });
    }

    await check("the TUI joins the AI SDK's thread and takes a turn", async () => {
      const guest = await openTui(sandbox, tap.url, { before: ["resume", sdkThread] });
      closers.push(guest.close);
      await guest.submit("say ping-guest");
      await guest.waitFor(answerTo("ping-guest"));
    });

    await check("every model request bears the name of the connection that started its turn", async () => {
      const links = await readWire(sandbox.wire);
      const wrong = [];
      for (const [threadId, sent] of byThread(requests())) {
        for (const [index, request] of sent.entries()) {
          const owners = links.filter((link) => ownsRequest(link, threadId, request));
          try {
            assert.equal(owners.length, 1, `${owners.length} connections started this turn`);
            assertIdentity(request, owners[0]?.clientInfo);
          } catch (error) {
            wrong.push(`thread ${threadId}, request ${index + 1}: ${String(error)}`);
          }
        }
      }
      assert.deepEqual(wrong, [], `${wrong.length} of ${requests().length} requests:\n${wrong.join("\n")}`);
      const names = new Set(requests().map((request) => request.header("originator")));
      assert.equal(names.size, 4, `names at the model: ${[...names].join(", ")}`);
    });
    return refusals(await readWire(sandbox.wire));
  } finally {
    for (const close of closers.reverse()) await close();
    await tap.close();
    await server.stop();
    await sandbox.remove();
  }
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
function ownsRequest(link, threadId, request) {
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
