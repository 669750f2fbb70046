import { startSimulator, text } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { start } from "./support/program.js";
import { heardBy } from "./support/realtime.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import { WireClient } from "./support/wire-client.js";

/** The built program and a realtime model that nobody scripted. */
async function running() {
  const simulator = await startSimulator({ script: () => text("done") });
  onTestFinished(() => simulator.close());
  const codexHome = await temporaryHome(mockProviderToml(simulator.url));
  const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], {
    env: { CODEX_HOME: codexHome, MOCK_KEY: "k" },
  });
  const [url] = await program.says(/ws:\/\/127\.0\.0\.1:\d+/);
  const client = await WireClient.open(url);
  await client.initialize("codex_vscode");
  return { simulator, program, client };
}

describe("the program and a realtime model without a script", () => {
  it.each(["v1", "v2", "v3"])("talk with each other in %s, and hand work over and back", async (version) => {
    const { simulator, client } = await running();
    const threadId = await client.startThread();
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", version });
    await client.request("thread/realtime/appendText", { threadId, text: "hi" });
    await client.notification("thread/realtime/transcript/done", ({ text: said }) => said === "You said: hi");
    await client.request("thread/realtime/appendText", { threadId, text: "do: it" });
    const { turn } = (await client.notification("turn/completed")).params;
    expect(turn.status).toBe("completed");
    await client.notification("thread/realtime/transcript/done", ({ text: said }) => said.endsWith("done"));
    expect(simulator.realtime.peers[0]?.handshake.header("originator")).toBe("codex_vscode");
  });

  it("part when the model nests without end, and the program goes on", async () => {
    const { simulator, client } = await running();
    const threadId = await client.startThread();
    await client.request("thread/realtime/start", { threadId, outputModality: "audio" });
    const peer = await simulator.realtime.waitForPeer(1);
    const deep = "[".repeat(8_000) + "]".repeat(8_000);
    peer.send(
      `{"type":"conversation.item.added","item":{"a":${deep}}}`,
      `{"type":"error","error":${deep}}`,
      '{"type":"error","message":"end"}',
    );
    await client.notification("thread/realtime/error", ({ message }) => message === "end");
    expect((await client.runTurn(threadId, "go")).status).toBe("completed");
  });

  it("end together, with and without a call", async () => {
    const { simulator, program, client } = await running();
    for (const transport of [{ type: "websocket" }, { type: "webrtc", sdp: "offer" }]) {
      const threadId = await client.startThread();
      await client.request("thread/realtime/start", { threadId, outputModality: "audio", version: "v1", transport });
    }
    const [one, two] = [await simulator.realtime.waitForPeer(1), await simulator.realtime.waitForPeer(2)];
    program.child.kill("SIGTERM");
    await Promise.all([one.closed, two.closed]);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(heardBy(client).filter((each) => each.startsWith("closed"))).toEqual([
      "closed requested",
      "closed requested",
    ]);
  });
});
