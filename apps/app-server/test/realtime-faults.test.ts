import { createServer } from "node:net";

import { hold, httpError, neverAnswer, text, type RealtimeOptions } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { until } from "./support/agent.js";
import { conversation, handOver, heardBy, realtimeServer, saidTo } from "./support/realtime.js";
import type { TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const failed = [
  "item/started realtimeSessionClosed failed",
  "item/completed realtimeSessionClosed failed",
  "closed error",
];

/** A conversation that is asked for; whether it begins is for the test to see. */
async function asked(
  realtime: RealtimeOptions,
  top = "",
): Promise<{ readonly server: TestServer; readonly client: WireClient; readonly threadId: string }> {
  // No handshake is given up by itself.
  const server = await realtimeServer({ top, provider: "websocket_connect_timeout_ms = 600000" }, realtime);
  const client = await server.client("codex_vscode");
  const threadId = await client.startThread();
  await client.request("thread/realtime/start", { threadId, outputModality: "audio", prompt: "p" });
  return { server, client, threadId };
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a realtime conversation that does not begin", () => {
  it.each([
    [401, "unexpected status 401 Unauthorized: realtime websocket handshake failed"],
    [500, "unexpected status 500 Internal Server Error: realtime websocket handshake failed"],
  ])("because of status %i is told as an error, once", async (status, message) => {
    const { server, client, threadId } = await asked({ handshake: () => httpError(status) });
    await client.notification("thread/realtime/error");
    expect(heardBy(client)).toEqual([`error ${message}`]);
    expect(server.simulator.realtime.handshakes).toHaveLength(1);
    await client.request("thread/realtime/appendText", { threadId, text: "x" });
    await client.notification("error", ({ error }) => error.message === "conversation is not running");
  });

  it("because nobody listens says so", async () => {
    const port = await closedPort();
    const { client } = await asked({}, `experimental_realtime_ws_base_url = "http://127.0.0.1:${port}"`);
    const { message } = (await client.notification("thread/realtime/error")).params;
    expect(message).toMatch(
      /^stream disconnected before completion: failed to connect realtime websocket: .*ECONNREFUSED/,
    );
  });

  it.each(["ftp://127.0.0.1:9", "nonsense"])("because of the address %s says so", async (address) => {
    const { client } = await asked({}, `experimental_realtime_ws_base_url = "${address}"`);
    const { message } = (await client.notification("thread/realtime/error")).params;
    expect(message).toMatch(/^stream disconnected before completion: .*api_url/);
  });

  it("because the peer vanishes in the middle of its handshake says so", async () => {
    const { server, client } = await asked({ handshake: () => neverAnswer() });
    await until(() => server.simulator.realtime.handshakes.length === 1);
    server.simulator.cutSockets();
    await client.notification("thread/realtime/error");
    expect(server.simulator.openSockets).toBe(0);
  });

  it.each([
    [
      "says something else first",
      { type: "turn.done", turn: { role: "user", transcript: "x" } },
      "frameless realtime session received an event before session.started",
    ],
    ["reports an error first", { type: "error", message: "e" }, "e"],
    ["leaves first", undefined, "frameless realtime session ended before session.started"],
  ])("because a v3 peer %s says so", async (_what, first, why) => {
    const server = await realtimeServer(
      {},
      { onMessage: (_message, peer) => (first === undefined ? peer.close() : peer.send(first)) },
    );
    const client = await server.client("codex_vscode");
    const threadId = await client.startThread();
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", prompt: "p", version: "v3" });
    await client.notification("thread/realtime/error");
    expect(heardBy(client)).toEqual([`error stream disconnected before completion: ${why}`]);
    await until(() => server.simulator.openSockets === 0);
  });

  it("holds back what it is to say until a v3 peer has begun its session", async () => {
    const server = await realtimeServer({}, { onMessage: () => undefined });
    const client = await server.client("codex_vscode");
    const threadId = await client.startThread();
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", prompt: "p", version: "v3" });
    const peer = await server.simulator.realtime.waitForPeer(1);
    await peer.waitFor("session.update");
    await client.request("thread/realtime/appendText", { threadId, text: "hi" });
    expect([peer.messages.length, heardBy(client)]).toEqual([1, []]);
    peer.send({ type: "session.started" });
    await peer.waitFor("session.context.append");
    await client.notification("thread/realtime/started");
  });

  it("can be stopped while it connects", async () => {
    const { server, client, threadId } = await asked({ handshake: () => neverAnswer() });
    await until(() => server.simulator.realtime.handshakes.length === 1);
    await client.request("thread/realtime/stop", { threadId });
    await until(() => server.simulator.openSockets === 0);
    expect(heardBy(client)).toEqual(["closed requested"]);
  });
});

describe("a realtime peer", () => {
  it("that vanishes ends the conversation as failed; the thread goes on", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    peer.cut();
    await client.notification("thread/realtime/closed");
    const [{ message }] = client.notifications("thread/realtime/error");
    expect(message).toMatch(
      /^stream disconnected before completion: failed to connect realtime websocket: WebSocket protocol error: /,
    );
    expect(heardBy(client).slice(4)).toEqual(failed);
    expect((await client.runTurn(threadId, "go")).status).toBe("completed");
    await conversation(server, client, { threadId });
  });

  it("that vanishes while the agent works for it does not end the turn", async () => {
    let release = (): void => undefined;
    const server = await realtimeServer({
      script: [[text("slow"), hold(new Promise<void>((resolve) => (release = resolve)))]],
    });
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.send(handOver("do x"));
    await server.simulator.waitForRequest(1);
    peer.cut();
    await client.notification("thread/realtime/closed");
    release();
    const { turn } = (await client.notification("turn/completed")).params;
    expect(turn.status).toBe("completed");
    expect(client.notifications("error")).toEqual([]);
  });

  it("that vanishes after the end is nobody's loss", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    await client.request("thread/realtime/stop", { threadId });
    peer.cut();
    await client.notification("thread/realtime/closed");
    await until(() => server.simulator.openSockets === 0);
    expect(client.notifications("thread/realtime/error")).toEqual([]);
    expect(client.notifications("thread/realtime/closed")).toHaveLength(1);
  });

  it("that says goodbye ends the conversation in order", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.close(1011);
    await client.notification("thread/realtime/closed");
    expect(heardBy(client).slice(3)).toEqual([
      "item/started realtimeSessionClosed ended",
      "item/completed realtimeSessionClosed ended",
      "closed transport_closed",
    ]);
  });

  it.each([
    ["in a message", { type: "error", message: "m" }, "m"],
    ["in an object", { type: "error", error: { message: "inside" } }, "inside"],
    ["as it is", { type: "error", error: "str" }, '"str"'],
    ["in bytes", Buffer.from("hi"), "unexpected binary realtime websocket event"],
  ])("that reports an error %s ends the conversation", async (_how, event, message) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.send(event);
    await client.notification("thread/realtime/closed");
    await peer.closed;
    expect(heardBy(client).slice(3)).toEqual([`error ${message}`, ...failed]);
  });

  it.each(["v1", "v2", "v3"])("of %s that talks nonsense is not heard", async (version) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, { version });
    const types = [
      "response.output_audio.delta",
      "conversation.output_audio.delta",
      "output_audio.delta",
      "conversation.item.input_audio_transcription.delta",
      "conversation.input_transcript.delta",
      "input_transcript.added",
      "response.output_text.done",
      "turn.done",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.handoff.requested",
      "delegation.created",
    ];
    const nonsense: Json[] = [null, 5, "text", [], {}, [{}], { a: 1 }];
    peer.send("not json", "", "[1]", "null", '"text"', '{"type":5}', "{}", "[".repeat(10_000));
    for (const type of types) {
      peer.send({ type });
      for (const value of nonsense) {
        peer.send({
          type,
          delta: value === "text" ? null : value,
          audio: 1,
          item: Array.isArray(value) ? value : 7,
          turn: value,
        });
      }
    }
    peer.send({ type: "error", message: "end" });
    await client.notification("thread/realtime/closed");
    expect(heardBy(client).slice(3)).toEqual(["error end", ...failed]);
    expect((await client.runTurn(threadId, "go")).status).toBe("completed");
  });

  it.each(["v1", "v2", "v3"])("of %s that nests without end is not heard", async (version) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, { version });
    const deep = "[".repeat(8_000) + "]".repeat(8_000);
    peer.send(
      `{"type":"conversation.item.added","item":{"a":${deep}}}`,
      `{"type":"error","error":${deep}}`,
      `{"type":"input_audio_buffer.speech_started","item_id":"i","a":${deep}}`,
      { type: "error", message: "end" },
    );
    await client.notification("thread/realtime/closed");
    expect(heardBy(client).slice(3)).toEqual(["error end", ...failed]);
    expect((await client.runTurn(threadId, "go")).status).toBe("completed");
  });

  it("that hands over more in one piece than anybody says loses the conversation", async () => {
    const server = await realtimeServer({ script: () => text("done") });
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    const ids = "call_1".length + "item_call_1".length;
    const longest = "x".repeat(64 * 1024 - ids);
    peer.send(handOver(longest));
    await client.notification("turn/completed");
    peer.send(handOver(`${longest}x`));
    await client.notification("thread/realtime/closed");
    expect(client.notifications("thread/realtime/error").map(({ message }) => message)).toEqual([
      "the realtime peer hands over more than the agent can take",
    ]);
    expect(client.notifications("thread/realtime/itemAdded")).toHaveLength(1);
    expect(server.simulator.requests).toHaveLength(1);
  });

  it("that hands over without end loses the conversation, not the server", async () => {
    const server = await realtimeServer({ script: () => [hold(new Promise(() => undefined))] });
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.send(...Array.from({ length: 200 }, (_, index) => handOver(`do ${index}`, `call_${index}`)));
    await client.notification("thread/realtime/closed", ({ reason }) => reason === "error");
    expect(client.notifications("thread/realtime/error").map(({ message }) => message)).toEqual([
      "the realtime peer hands over more than the agent can take",
    ]);
    const [{ turn }] = client.notifications("turn/started");
    await client.request("turn/interrupt", {
      threadId: client.notifications("turn/started")[0].threadId,
      turnId: turn.id,
    });
    await client.notification("turn/completed");
  });

  it("that takes every WebSocket beside a call and drops it is given up", async () => {
    const server = await realtimeServer({}, { onOpen: (peer) => peer.close(1011) });
    const client = await server.client("codex_vscode");
    const transport = { type: "existingCall", callId: "rtc_1" };
    const threadId = await client.startThread();
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", version: "v3", transport });
    await client.notification("thread/realtime/closed", ({ reason }) => reason === "transport_closed");
    expect(server.simulator.realtime.handshakes).toHaveLength(5);
  });

  it("that sends more than a message may have is cut off", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.send({ type: "response.output_audio.delta", delta: "A".repeat(17 * 1024 * 1024) });
    await client.notification("thread/realtime/closed");
    expect(heardBy(client).slice(4)).toEqual(failed);
  });

  it("gets, and gives, pieces of audio of a megabyte as they are", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    const big = Buffer.alloc(768 * 1024, "audio").toString("base64");
    peer.send({ type: "response.output_audio.delta", delta: big });
    const { audio } = (await client.notification("thread/realtime/outputAudio/delta")).params;
    expect(audio.data === big).toBe(true);
    await client.request("thread/realtime/appendAudio", {
      threadId,
      audio: { data: big, sampleRate: 24_000, numChannels: 1 },
    });
    const received = (await peer.waitFor("input_audio_buffer.append")) as Json;
    expect(received.audio === big).toBe(true);
  });

  it("that does not read misses audio, which is of no use later, and hears all else", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    await peer.waitFor("session.update");
    peer.stopReading();
    const audio = { data: "A".repeat(512 * 1024), sampleRate: 24_000, numChannels: 1 };
    for (let piece = 0; piece < 100; piece += 1)
      await client.request("thread/realtime/appendAudio", { threadId, audio });
    await client.request("thread/realtime/appendText", { threadId, text: "still there" });
    peer.startReading();
    await peer.waitFor("conversation.item.create");
    expect(peer.ofType("input_audio_buffer.append").length).toBeGreaterThan(1);
    expect(peer.ofType("input_audio_buffer.append").length).toBeLessThan(60);
  });

  it("that hands over often, but not at once, is served", async () => {
    const server = await realtimeServer({ script: () => text("done") });
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    for (let work = 1; work <= 101; work += 1) {
      peer.send(handOver(`do ${work}`, `call_${work}`), { type: "response.done" });
      await client.frame(() => client.notifications("turn/completed").length === work);
    }
    expect(client.notifications("thread/realtime/error")).toEqual([]);
  });

  it("that does not read gets no more audio than fits, and loses the conversation over more text", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    await peer.waitFor("session.update");
    peer.stopReading();
    const data = "A".repeat(512 * 1024);
    // Half of it is more than the system's own buffers and ours take together.
    for (let piece = 0; piece < 100; piece += 1) {
      await client.request("thread/realtime/appendAudio", {
        threadId,
        audio: { data, sampleRate: 24_000, numChannels: 1 },
      });
    }
    expect(client.notifications("thread/realtime/closed")).toEqual([]);
    for (let piece = 0; piece < 60 && client.notifications("thread/realtime/error").length === 0; piece += 1) {
      await client.request("thread/realtime/appendText", { threadId, text: data });
    }
    await client.notification("thread/realtime/closed");
    expect(heardBy(client).slice(3)).toEqual(["error the realtime peer does not take what it is sent", ...failed]);
  });
});

describe("the end of a realtime conversation", () => {
  it("comes when nobody listens any more: the client went", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client, { version: "v1", transport: { type: "webrtc", sdp: "o" } });
    await client.close();
    await peer.closed;
    const other = await server.client("codex_ios");
    const { data } = await other.request("switchboard/connections/list", {});
    expect(data.map(({ client: { name } }: Json) => name)).toEqual(["codex_ios"]);
    expect(server.simulator.openSockets).toBe(0);
  });

  it("comes when nobody listens any more: the client unsubscribed", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    await client.request("thread/unsubscribe", { threadId });
    await peer.closed;
    await client.request("thread/realtime/appendText", { threadId, text: "x" });
    const { error } = (await client.notification("error")).params;
    expect(error.message).toBe("conversation is not running");
  });

  it("comes with the end of the server, which clients hear of", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    await Promise.all([server.server.close(), peer.closed]);
    expect(heardBy(client).slice(3)).toEqual([
      "item/started realtimeSessionClosed ended",
      "item/completed realtimeSessionClosed ended",
      "closed requested",
    ]);
    expect(server.simulator.openSockets).toBe(0);
  });

  it("comes as the server begins to end, while a turn may still go on", async () => {
    let release = (): void => undefined;
    const held = hold(new Promise<void>((resolve) => (release = resolve)));
    const server = await realtimeServer({ script: [[text("slow"), held]] });
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client);
    peer.send(handOver("do x"));
    await server.simulator.waitForRequest(1);
    const closing = server.server.close({ graceMs: 30_000 });
    await peer.closed;
    expect(client.notifications("turn/completed")).toEqual([]);
    release();
    await closing;
    expect(client.notifications("turn/completed").map(({ turn }) => turn.status)).toEqual(["completed"]);
  });

  it("comes with the end of the server also in the middle of a handshake", async () => {
    const { server } = await asked({ handshake: () => neverAnswer() });
    await until(() => server.simulator.realtime.handshakes.length === 1);
    await server.server.close();
    await until(() => server.simulator.openSockets === 0);
    expect(server.simulator.realtime.peers).toEqual([]);
  });

  it("does not wait for a peer that says no goodbye", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client);
    peer.stopReading();
    await client.request("thread/realtime/stop", { threadId });
    await client.notification("thread/realtime/closed");
    await server.server.close();
    peer.startReading();
    await peer.closed;
    expect(saidTo(peer)).toEqual([]);
  });
});
