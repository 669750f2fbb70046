import assert from "node:assert/strict";

import { assertIdentity } from "../support/identity.mjs";
import { isInstalled } from "../support/places.mjs";
import { makeSandbox } from "../support/sandbox.mjs";
import { serverCommand } from "../support/server.mjs";
import { writeShim } from "../support/shim.mjs";
import { readWire, refusals } from "../support/wire.mjs";

export const name = "ai-sdk-provider-codex-cli 1.4.1";

/** Why it cannot run here, if so. */
export async function missing() {
  return ["ai", "ai-sdk-provider-codex-cli"]
    .filter((each) => !isInstalled(each))
    .map((each) => `${each} is not installed`)[0];
}

/** @param {import("../support/report.mjs").Context} context */
export async function run({ model, check }) {
  const [{ generateText, streamText }, { createCodexAppServer }] = await Promise.all([
    import("ai"),
    import("ai-sdk-provider-codex-cli"),
  ]);
  const sandbox = await makeSandbox(model.url);
  const codexPath = await writeShim(sandbox, { name: "ai-sdk", script: "stdio.mjs", args: serverCommand });
  const provider = createCodexAppServer({ defaultSettings: { codexPath, cwd: sandbox.project, logger: false } });
  const threadOf = (/** @type {any} */ result) => result.providerMetadata?.["codex-app-server"]?.threadId;
  let threadId = "";
  try {
    await check("generateText", async () => {
      const result = await generateText({ model: provider("mock-model"), prompt: "say ping-generate" });
      assert.equal(result.text, "I say pong-generate to you");
      assert.ok((result.usage.totalTokens ?? 0) > 0, "token usage");
    });
    await check("says who it is", async () => {
      const [link] = await readWire(sandbox.wire);
      const [request] = model.requestsOf("ping-generate");
      assert.ok(request, "a model request");
      assertIdentity(request, link?.clientInfo);
    });
    await check("streamText", async () => {
      const { textStream } = streamText({ model: provider("mock-model"), prompt: "say ping-stream" });
      const chunks = [];
      for await (const chunk of textStream) chunks.push(chunk);
      assert.equal(chunks.join(""), "I say pong-stream to you");
      assert.equal(chunks.length, 3, "one chunk a delta");
    });
    await check("aborting a stream interrupts the turn", async () => {
      const abort = new AbortController();
      const { textStream } = streamText({
        model: provider("mock-model"),
        prompt: "say slowly ping-abort",
        abortSignal: abort.signal,
        onError: () => {},
      });
      let chunks = 0;
      for await (const _chunk of textStream) {
        chunks += 1;
        if (chunks === 2) abort.abort();
      }
      assert.equal(await model.requestsOf("ping-abort")[0]?.done, "aborted");
    });
    await check("persistent thread", async () => {
      const result = await generateText({
        model: provider("mock-model"),
        prompt: "say ping-kept",
        providerOptions: { "codex-app-server": { threadMode: "persistent" } },
      });
      threadId = threadOf(result);
      assert.equal(typeof threadId, "string");
    });
    await check("resume", async () => {
      const result = await generateText({
        model: provider("mock-model"),
        prompt: "say ping-resumed",
        providerOptions: { "codex-app-server": { threadId } },
      });
      assert.equal(result.text, "I say pong-resumed to you");
      assert.equal(threadOf(result), threadId);
      assert.ok(JSON.stringify(model.requestsOf("ping-resumed")[0]?.body).includes("pong-kept"), "the history");
    });
    await check("listModels", async () => {
      const { models } = await provider.listModels();
      assert.ok(models.length > 0);
    });
    await check("closes", () => provider.close());
    return refusals(await readWire(sandbox.wire));
  } finally {
    await provider.close();
    await sandbox.remove();
  }
}
