import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  httpError,
  json,
  rawBody,
  simulatedSdp,
  type RecordedRequest,
  type RealtimeOptions,
} from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { until } from "./support/agent.js";
import { accessToken, authJson, chatgptWorld } from "./support/chatgpt.js";
import { conversation, heardBy, realtimeServer, saidTo } from "./support/realtime.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { namesOf, namesOn, type TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const webrtc = (version: string) => ({ version, transport: { type: "webrtc", sdp: "v=offer\r\n" } });
const ids = (request: RecordedRequest | undefined) =>
  ["session-id", "thread-id", "x-session-id"].map((name) => request?.header(name));

/** A call that is asked for and does not begin: what the client is told. */
async function failing(
  version: string,
  realtime: RealtimeOptions,
  provider = "",
): Promise<{ readonly server: TestServer; readonly client: WireClient; readonly message: string }> {
  const server = await realtimeServer({ provider }, realtime);
  const client = await server.client("codex_vscode");
  const threadId = await client.startThread();
  await client.request("thread/realtime/start", {
    threadId,
    outputModality: "audio",
    prompt: "p",
    includeStartupContext: false,
    ...webrtc(version),
  });
  const { params } = await client.notification("thread/realtime/error");
  return { server, client, message: params.message };
}

describe("a WebRTC call", () => {
  it("is created in v1 with a form, answered with the SDP, and joined beside", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, webrtc("v1"));
    const [call] = server.simulator.realtime.calls;
    expect(`${call?.method} ${call?.path}`).toBe("POST /v1/realtime/calls?intent=quicksilver&architecture=avas");
    expect([namesOn(call), namesOn(peer.handshake)]).toEqual([namesOf("codex_vscode"), namesOf("codex_vscode")]);
    expect([ids(call), ids(peer.handshake)]).toEqual([
      [threadId, threadId, threadId],
      [threadId, threadId, threadId],
    ]);
    for (const request of [call, peer.handshake]) {
      expect([request?.header("authorization"), request?.header("openai-alpha")]).toEqual([
        "Bearer secret-key",
        "quicksilver=v1",
      ]);
    }
    expect(call?.header("content-type")).toBe("multipart/form-data; boundary=codex-realtime-call-boundary");
    expect(call?.bodyBytes.toString("utf8")).toBe(
      [
        "--codex-realtime-call-boundary",
        'Content-Disposition: form-data; name="sdp"',
        "Content-Type: application/sdp",
        "",
        "v=offer",
        "",
        "--codex-realtime-call-boundary",
        'Content-Disposition: form-data; name="session"',
        "Content-Type: application/json",
        "",
        '{"audio":{"input":{"format":{"type":"audio/pcm","rate":24000}},"output":{"voice":"cove"}},"type":"quicksilver","model":"gpt-realtime-1.5","instructions":"be nice"}',
        "--codex-realtime-call-boundary--",
        "",
      ].join("\r\n"),
    );
    await client.notification("thread/realtime/sdp", ({ sdp }) => sdp === simulatedSdp);
    expect(heardBy(client)).toEqual([
      "item/started realtimeSessionStarted",
      "item/completed realtimeSessionStarted",
      "started",
      `sdp ${simulatedSdp}`,
    ]);
    expect(peer.handshake.path).toBe("/v1/realtime?intent=quicksilver&call_id=rtc_simulated_1");
    await peer.waitFor("session.update");
  });

  it("is created in v3 at its own path, and keeps the session it was created with", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, webrtc("v3"));
    const [call] = server.simulator.realtime.calls;
    expect(call?.path).toBe("/v1/live");
    expect(call?.bodyBytes.toString("utf8")).toContain(
      '{"instructions":"be nice","audio":{"output":{"voice":"cove"}},"delegation":{"type":"client"},"model":"gpt-live-1-codex"}',
    );
    expect(peer.handshake.path).toBe("/v1/live/rtc_simulated_1");
    await client.request("thread/realtime/appendText", { threadId, text: "hi" });
    await peer.waitFor("session.context.append");
    expect(peer.messages).toHaveLength(1);
  });

  it("goes to a back end as JSON, wherever that is configured to be", async () => {
    const server = await realtimeServer();
    const { port } = server.simulator;
    const other = await realtimeServer({
      top: `experimental_realtime_webrtc_call_base_url = "http://127.0.0.1:${port}/backend-api/codex"\nexperimental_realtime_ws_base_url = "http://127.0.0.1:${port}"`,
    });
    const client = await other.client("codex_vscode");
    await client.request("thread/realtime/start", {
      threadId: await client.startThread(),
      outputModality: "audio",
      prompt: "p",
      includeStartupContext: false,
      ...webrtc("v3"),
    });
    const peer = await server.simulator.realtime.waitForPeer(1);
    const [call] = server.simulator.realtime.calls;
    expect(call?.path).toBe("/backend-api/codex/realtime/calls?intent=quicksilver&architecture=avas");
    expect(call?.header("content-type")).toBe("application/json");
    expect(call?.at("sdp")).toBe("v=offer\r\n");
    expect(namesOn(call)).toEqual(namesOf("codex_vscode"));
    expect(peer.callId).toBe("rtc_simulated_1");
    expect(other.simulator.realtime.handshakes).toEqual([]);
  });

  it("that is refused is told as an error, and nothing else", async () => {
    const { client, message, server } = await failing("v1", {
      call: () => httpError(400, { body: { error: { message: "nope" } } }),
    });
    expect(message).toBe('{"error":{"message":"nope"}}');
    expect(heardBy(client)).toEqual([`error ${message}`]);
    expect(server.simulator.realtime.handshakes).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])("does not follow a redirect (%i) to another place", async (status) => {
    const elsewhere = await realtimeServer();
    const location = `http://127.0.0.1:${elsewhere.simulator.port}/v1/realtime/calls`;
    const { message, server } = await failing("v1", { call: () => rawBody([], { status, headers: { location } }) });
    expect(message).toMatch(new RegExp(`^unexpected status ${status} `));
    expect([server.simulator.realtime.calls.length, elsewhere.simulator.realtime.calls.length]).toEqual([1, 0]);
    expect(elsewhere.simulator.requests).toEqual([]);
  });

  it("is asked for again when the server fails", async () => {
    const server = await realtimeServer(
      { provider: "request_max_retries = 2" },
      { call: () => (server.simulator.realtime.calls.length < 2 ? httpError(500) : undefined) },
    );
    const client = await server.client("codex_vscode");
    await conversation(server, client, webrtc("v1"));
    expect(server.simulator.realtime.calls.map((call) => namesOn(call))).toEqual([
      namesOf("codex_vscode"),
      namesOf("codex_vscode"),
    ]);
  });

  it.each([
    ["no Location", {}, "realtime call response missing Location"],
    [
      "no call in its Location",
      { location: "/foo/bar" },
      "realtime call Location does not contain a call id: /foo/bar",
    ],
    [
      "a call id in its Location that is no id",
      { location: `/rtc_${"x".repeat(253)}` },
      `realtime call Location does not contain a call id: /rtc_${"x".repeat(253)}`,
    ],
  ])("fails with %s", async (_what, headers, why) => {
    const { message } = await failing("v1", { call: () => rawBody([], { headers }) });
    expect(message).toBe(`stream disconnected before completion: ${why}`);
  });

  it("ends when v1 does not know it", async () => {
    const { client, server, message } = await failing("v1", { handshake: () => httpError(404) });
    expect(message).toBe("unexpected status 404 Not Found: realtime websocket handshake failed");
    await client.notification("thread/realtime/closed", ({ reason }) => reason === "error");
    expect(heardBy(client).slice(3)).toEqual([
      `sdp ${simulatedSdp}`,
      `error ${message}`,
      "item/started realtimeSessionClosed failed",
      "item/completed realtimeSessionClosed failed",
      "closed error",
    ]);
    expect(server.simulator.realtime.handshakes).toHaveLength(1);
  });

  it("is joined again when that failed, and what waited is said then", async () => {
    const server = await realtimeServer(
      {},
      { handshake: () => (server.simulator.realtime.handshakes.length < 3 ? httpError(503) : undefined) },
    );
    const client = await server.client("codex_vscode");
    const threadId = await client.startThread();
    const params = { threadId, outputModality: "audio", prompt: "p", ...webrtc("v1") };
    await client.request("thread/realtime/start", params);
    await client.notification("thread/realtime/sdp");
    await client.request("thread/realtime/appendText", { threadId, text: "early" });
    const peer = await server.simulator.realtime.waitForPeer(1);
    await peer.waitFor("conversation.item.create");
    expect(peer.messages.map(({ type }: Json) => type)).toEqual(["session.update", "conversation.item.create"]);
    expect(server.simulator.realtime.handshakes.map((each) => namesOn(each))).toEqual(
      Array.from({ length: 3 }, () => namesOf("codex_vscode")),
    );
  });

  it("is tried again with a key that is refused, as often as in the reference", async () => {
    const { server, message } = await failing("v1", { handshake: () => httpError(401) });
    expect(message).toBe("unexpected status 401 Unauthorized: realtime websocket handshake failed");
    expect(server.simulator.realtime.handshakes).toHaveLength(5);
  });

  it("of v3 is joined again when the connection beside it is lost, under the same names", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, webrtc("v3"));
    peer.cut();
    await peer.closed;
    const again = await server.simulator.realtime.waitForPeer(2);
    await client.request("thread/realtime/appendText", { threadId, text: "still here" });
    await again.waitFor("session.context.append");
    expect([again.callId, namesOn(again.handshake)]).toEqual([peer.callId, namesOf("codex_vscode")]);
    expect(client.notifications("thread/realtime/error")).toEqual([]);
  });

  it("of v3 is joined again also when it was closed for a reason, and not when it was over", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client, webrtc("v3"));
    peer.close(1011);
    const again = await server.simulator.realtime.waitForPeer(2);
    again.close(1000);
    await client.notification("thread/realtime/closed", ({ reason }) => reason === "transport_closed");
    expect(server.simulator.realtime.handshakes).toHaveLength(2);
  });

  it("of v1 is over when the connection beside it is lost", async () => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { peer } = await conversation(server, client, webrtc("v1"));
    peer.cut();
    await client.notification("thread/realtime/closed", ({ reason }) => reason === "error");
    expect(server.simulator.realtime.handshakes).toHaveLength(1);
  });
});

describe("a project", () => {
  it("cannot lead calls, and the credentials with them, to another place, even a trusted one", async () => {
    const project = await temporaryFolder();
    const elsewhere = await realtimeServer();
    const url = `http://127.0.0.1:${elsewhere.simulator.port}`;
    await mkdir(join(project, ".codex"));
    await writeFile(
      join(project, ".codex", "config.toml"),
      `experimental_realtime_ws_base_url = "${url}"\nexperimental_realtime_webrtc_call_base_url = "${url}/v1"\n`,
    );
    const server = await realtimeServer({ provider: `[projects."${project}"]\ntrust_level = "trusted"` });
    const client = await server.client("codex_vscode");
    const threadId = await client.startThread({ cwd: project });
    await conversation(server, client, { threadId, ...webrtc("v1") });
    expect([server.simulator.realtime.calls.length, elsewhere.simulator.realtime.calls.length]).toEqual([1, 0]);
    expect(elsewhere.simulator.realtime.handshakes).toEqual([]);
  });
});

describe("a call that was there before", () => {
  it.each([
    ["v1", "/v1/realtime?intent=quicksilver&call_id=rtc_abc"],
    ["v3", "/v1/live/rtc_abc"],
  ])("is joined in %s, under the owner's names, and keeps its session", async (version, path) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { threadId, peer } = await conversation(server, client, {
      version,
      transport: { type: "existingCall", callId: "rtc_abc" },
    });
    expect(peer.handshake.path).toBe(path);
    expect(namesOn(peer.handshake)).toEqual(namesOf("codex_vscode"));
    expect(peer.handshake.header("x-session-id")).toBeUndefined();
    expect(client.notifications("thread/realtime/started")).toEqual([{ threadId, realtimeSessionId: null, version }]);
    await client.request("thread/realtime/appendText", { threadId, text: "hi" });
    await until(() => peer.messages.length > 0);
    expect(saidTo(peer)).toHaveLength(1);
    expect(peer.messages).toHaveLength(1);
    await client.request("thread/realtime/stop", { threadId });
    await peer.closed;
    expect(server.simulator.realtime.calls).toEqual([]);
  });

  it("is heard from its first word on", async () => {
    const first = { type: "conversation.input_transcript.delta", delta: "first" };
    const server = await realtimeServer({}, { onOpen: (peer) => peer.send(first) });
    const client = await server.client("codex_vscode");
    for (let call = 1; call <= 20; call += 1) {
      const threadId = await client.startThread();
      const transport = { type: "existingCall", callId: `rtc_${call}` };
      await client.request("thread/realtime/start", { threadId, outputModality: "audio", transport });
    }
    await client.frame(() => client.notifications("thread/realtime/started").length === 20);
    await client.frame(() => client.notifications("thread/realtime/transcript/delta").length === 20);
    expect(client.notifications("thread/realtime/error")).toEqual([]);
  });

  it("may take a moment to be known", async () => {
    const server = await realtimeServer(
      {},
      { handshake: () => (server.simulator.realtime.handshakes.length < 3 ? httpError(404) : undefined) },
    );
    const client = await server.client("codex_vscode");
    await conversation(server, client, { version: "v1", transport: { type: "existingCall", callId: "rtc_abc" } });
    expect(server.simulator.realtime.handshakes.map((each) => namesOn(each))).toEqual(
      Array.from({ length: 3 }, () => namesOf("codex_vscode")),
    );
  });

  it.each([
    ["nothing", ""],
    ["a dot", "."],
    ["two dots", ".."],
    ["257 characters", "x".repeat(257)],
  ])("cannot have %s for an id", async (_what, callId) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const threadId = await client.startThread();
    const transport = { type: "existingCall", callId };
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", version: "v3", transport });
    await client.notification("thread/realtime/error");
    expect(heardBy(client)).toEqual(['error a realtime call id has 1 to 256 characters and is neither "." nor ".."']);
    expect(server.simulator.realtime.handshakes).toEqual([]);
  });

  it.each([
    ["prompt", "p"],
    ["voice", "cove"],
    ["model", "m"],
    ["initialItems", []],
    ["includeStartupContext", true],
  ])("has decided about its %s", async (name, value) => {
    const server = await realtimeServer();
    const client = await server.client("codex_vscode");
    const { error } = await client.call("thread/realtime/start", {
      threadId: await client.startThread(),
      outputModality: "audio",
      transport: { type: "existingCall", callId: "rtc_abc" },
      [name]: value,
    });
    expect(error).toEqual({ code: -32600, message: `existingCall transport does not support ${name}` });
  });
});

describe("a ChatGPT login", () => {
  const start = async (client: WireClient, params: Json): Promise<void> => {
    const threadId = params.threadId ?? (await client.startThread());
    await client.request("thread/realtime/start", { outputModality: "audio", prompt: "p", ...params, threadId });
  };

  it("creates and joins calls, and is replaced once when it is refused", async () => {
    const [stale, fresh] = [accessToken("stale"), accessToken("fresh")];
    const world = await chatgptWorld({
      auth: authJson(stale, "refresh-1"),
      takes: () => true,
      tokens: () => json({ access_token: fresh, refresh_token: "refresh-2" }),
      realtime: { call: (call) => (call.header("authorization") === `Bearer ${fresh}` ? undefined : httpError(401)) },
    });
    // The thread is another's; whoever asks for the call is who the refresh is for.
    const threadId = await (await world.client("codex_vscode")).startThread();
    await start(await world.client("codex_ios"), { ...webrtc("v1"), threadId });
    const { handshake } = await world.simulator.realtime.waitForPeer(1);
    const { calls } = world.simulator.realtime;
    expect(
      [...calls, handshake].map((each) => [each.header("authorization"), each.header("chatgpt-account-id")]),
    ).toEqual([
      [`Bearer ${stale}`, "account-1"],
      [`Bearer ${fresh}`, "account-1"],
      [`Bearer ${fresh}`, "account-1"],
    ]);
    expect([...calls, ...world.refreshes(), handshake].map((each) => namesOn(each))).toEqual(
      Array.from({ length: 4 }, () => namesOf("codex_ios")),
    );
  });

  it("that is refused beside a call is replaced once, and not again", async () => {
    const world = await chatgptWorld({
      auth: authJson(accessToken("stale"), "refresh-1"),
      takes: () => true,
      tokens: () => json({ access_token: accessToken("fresh"), refresh_token: "refresh-2" }),
      realtime: { handshake: () => httpError(401) },
    });
    const client = await world.client("codex_ios");
    await start(client, { version: "v1", transport: { type: "existingCall", callId: "rtc_1" }, prompt: undefined });
    const { message } = (await client.notification("thread/realtime/error")).params;
    expect(message).toBe("unexpected status 401 Unauthorized: realtime websocket handshake failed");
    expect([world.refreshes().length, world.simulator.realtime.handshakes.length]).toEqual([1, 2]);
  });

  it("is not for conversations over a WebSocket", async () => {
    const world = await chatgptWorld({ auth: authJson(accessToken("a"), "refresh-1"), takes: () => true });
    const client = await world.client("codex_ios");
    await start(client, {});
    expect((await client.notification("thread/realtime/error")).params.message).toBe(
      "realtime conversation requires API key auth",
    );
    expect(world.simulator.realtime.handshakes).toEqual([]);
  });
});
