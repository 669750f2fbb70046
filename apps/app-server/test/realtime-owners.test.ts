import { text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { conversation, handOver, heardBy, realtimeServer } from "./support/realtime.js";
import { namesOf, namesOn, type TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** Two clients on one thread: the first made it. */
async function twoClients(
  threadParams: Json = {},
  top = "",
): Promise<{
  readonly server: TestServer;
  readonly first: WireClient;
  readonly second: WireClient;
  readonly threadId: string;
}> {
  const server = await realtimeServer({ script: () => text("done"), top });
  const first = await server.client("codex_vscode");
  const second = await server.client("codex_ios", "2.2.2");
  return { server, first, second, threadId: await first.startThread(threadParams) };
}

const ios = namesOf("codex_ios", "2.2.2");
const webrtc = { version: "v1", transport: { type: "webrtc", sdp: "o" } };

describe("the owner of a realtime conversation", () => {
  it("is who asked for it, also on another connection's thread, and of its turns too", async () => {
    const { server, first, second, threadId } = await twoClients();
    const { peer } = await conversation(server, second, { threadId });
    peer.send(handOver("do x"));
    await first.notification("turn/completed");
    expect(namesOn(peer.handshake)).toEqual(ios);
    expect(namesOn(server.simulator.requests[0])).toEqual(ios);
    const { data } = await first.request("switchboard/connections/list", {});
    expect(data.map(({ client, turns }: Json) => [client?.name ?? client, turns])).toEqual([
      ["codex_vscode", 0],
      ["codex_ios", 1],
    ]);
    await first.runTurn(threadId, "typed");
    expect(namesOn(server.simulator.requests[1])).toEqual(namesOf("codex_vscode"));
  });

  it("owns the call and what joins it", async () => {
    const { server, second, threadId } = await twoClients();
    const { peer } = await conversation(server, second, { threadId, ...webrtc });
    expect([namesOn(server.simulator.realtime.calls[0]), namesOn(peer.handshake)]).toEqual([ios, ios]);
  });

  it("stays its owner when it has gone, as long as somebody listens", async () => {
    const { server, first, second, threadId } = await twoClients();
    const { peer } = await conversation(server, second, { threadId });
    await second.close();
    peer.send(handOver("do x"));
    await first.notification("turn/completed");
    expect(namesOn(server.simulator.requests[0])).toEqual(ios);
  });

  it("changes with the next conversation, which takes the place of the first", async () => {
    const { server, first, second, threadId } = await twoClients();
    const one = await conversation(server, first, { threadId });
    const two = await conversation(server, second, { threadId, version: "v1" });
    await one.peer.closed;
    expect([namesOn(one.peer.handshake), namesOn(two.peer.handshake)]).toEqual([namesOf("codex_vscode"), ios]);
    const ended = [
      "item/started realtimeSessionClosed ended",
      "item/completed realtimeSessionClosed ended",
      "closed requested",
    ];
    const began = ["item/started realtimeSessionStarted", "item/completed realtimeSessionStarted", "started"];
    expect(heardBy(first)).toEqual([...began, ...ended, ...began]);
    await second.notification("thread/realtime/started", ({ version }) => version === "v1");
    expect(heardBy(second)).toEqual([...ended, ...began]);
    await first.request("thread/realtime/appendText", { threadId, text: "from the first" });
    await two.peer.waitFor("conversation.item.create");
  });

  it("goes out under the thread's service name if the owner is of the kind that set it", async () => {
    const { server, first, second, threadId } = await twoClients({ serviceName: "codex_work_web" });
    const one = await conversation(server, first, { threadId, ...webrtc });
    const named = { ...namesOf("codex_vscode"), originator: "codex_work_web" };
    expect([namesOn(server.simulator.realtime.calls[0]), namesOn(one.peer.handshake)]).toEqual([named, named]);
    const two = await conversation(server, second, { threadId, ...webrtc });
    expect([namesOn(server.simulator.realtime.calls[1]), namesOn(two.peer.handshake)]).toEqual([ios, ios]);
  });

  it("is in the ledger with each of its requests, and none is a mismatch", async () => {
    const { server, second, threadId } = await twoClients();
    await conversation(server, second, { threadId, ...webrtc });
    const { entries, mismatches } = await second.request("switchboard/ledger/read", {});
    const rows = entries.filter(({ path }: Json) => path.startsWith("realtime-"));
    expect(
      rows.map(({ path, urlPath, client, originator, status }: Json) => [path, urlPath, client, originator, status]),
    ).toEqual([
      ["realtime-call", "/v1/realtime/calls", "codex_ios", "codex_ios", 201],
      ["realtime-websocket", "/v1/realtime", "codex_ios", "codex_ios", 101],
    ]);
    expect(mismatches).toBe(0);
    expect(server.warnings).toEqual([]);
  });

  it("holds for many conversations at once, each under its own name", async () => {
    const server = await realtimeServer({ script: () => text("done") });
    const names = ["codex_vscode", "codex_ios", "codex-backend", "T3 Code"];
    await Promise.all(
      names.map(async (name) => {
        const client = await server.client(name);
        const threadId = await client.startThread();
        await client.request("thread/realtime/start", { threadId, outputModality: "audio", prompt: "p", ...webrtc });
        await client.notification("thread/realtime/sdp");
        await client.request("thread/realtime/appendText", { threadId, text: name });
      }),
    );
    await server.simulator.realtime.waitForPeer(names.length);
    const { calls, peers } = server.simulator.realtime;
    for (const { handshake } of peers) {
      const call = calls.find((each) => each.header("thread-id") === handshake.header("thread-id"));
      expect(namesOn(handshake)).toEqual(namesOn(call));
    }
    expect(new Set(calls.map((call) => call.header("originator")))).toEqual(new Set(names));
  });
});
