import {
  cut,
  deltas,
  functionCall,
  hang,
  httpError,
  neverAnswer,
  rawEvents,
  text,
  type RecordedRequest,
  type Script,
} from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { until } from "./support/agent.js";
import { accessToken, authJson, chatgptWorld } from "./support/chatgpt.js";
import { namesOf, namesOn, testServer, type TestServer, type TestServerOptions } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const quick = "stream_max_retries = 1\nrequest_max_retries = 0\nwebsocket_connect_timeout_ms = 200";

function server(options: TestServerOptions = {}): Promise<TestServer> {
  return testServer({ ...options, provider: `supports_websockets = true\n${options.provider ?? ""}` });
}

const transports = (requests: readonly RecordedRequest[]) => requests.map(({ transport }) => transport);
const inputTypes = (request: RecordedRequest | undefined): Json =>
  ((request?.at("input") ?? []) as Json).map(({ type, role }: Json) => role ?? type);
const warnings = (client: WireClient) =>
  client.notifications("warning").flatMap(({ message }) => (message.startsWith("Falling back") ? [message] : []));
const errors = (client: WireClient) => client.notifications("error").map(({ error }) => error.message);

/** A turn's frames without what differs from run to run. */
async function framesOf({ client }: TestServer): Promise<string[]> {
  const one = await client("codex_vscode");
  const threadId = await one.startThread();
  await one.runTurn(threadId, "hello");
  await one.notification("thread/status/changed", ({ status }) => status.type === "idle");
  const known = new Map<string, string>();
  return one.frames.map((frame) =>
    JSON.stringify(frame)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|(?:msg|fc|rs|resp|call)_[0-9a-f-]{26,}/g, (id) => {
        if (!known.has(id)) known.set(id, `<${known.size}>`);
        return known.get(id) ?? "";
      })
      .replaceAll(/"[a-zA-Z]*(?:At|AtMs|Ms|Path|Home)":(?:\d+|"[^"]*")/g, "")
      .replaceAll(/switchboard-test-[^"/\\]+/g, "<home>"),
  );
}

describe("a turn over a WebSocket", () => {
  it("gives clients the same frames as over HTTP", async () => {
    const script = (): Script => [
      [functionCall({ name: "update_plan", arguments: { plan: [] } })],
      [text("Hi", { deltas: 3 })],
    ];
    const [overHttp, overSocket] = [await testServer({ script: script() }), await server({ script: script() })];
    const [http, socket] = [await framesOf(overHttp), await framesOf(overSocket)];
    expect(transports(overHttp.simulator.requests)).toEqual(["http", "http"]);
    expect(transports(overSocket.simulator.requests)).toEqual(["websocket", "websocket"]);
    expect(socket).toEqual(http);
  });

  it("opens one socket under the owner's headers and tells it only what is new", async () => {
    const { client, simulator } = await server({
      script: [[functionCall({ name: "update_plan", arguments: { plan: [] } })], [text("Hi")], [text("again")]],
    });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "one");
    await one.runTurn(threadId, "two");
    const [handshake, ...others] = simulator.handshakes;
    expect(others).toEqual([]);
    expect(namesOn(handshake)).toEqual(namesOf("codex_vscode"));
    const header = (name: string) => handshake?.header(name);
    expect(header("authorization")).toBe("Bearer secret-key");
    expect(header("openai-beta")).toBe("responses_websockets=2026-02-06");
    expect([header("session-id"), header("thread-id"), header("x-client-request-id")]).toEqual([
      threadId,
      threadId,
      threadId,
    ]);
    expect([header("accept"), header("content-type"), header("x-codex-turn-state")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const [first, second, third] = simulator.requests;
    const begin = ["type", "model", "stream", "previous_response_id", "input"];
    expect([first, second, third].map((each) => Object.keys(each?.body as Json).slice(0, 5))).toEqual([
      begin,
      begin,
      begin,
    ]);
    expect(first?.at("type")).toBe("response.create");
    expect(first?.at("client_metadata", "x-codex-ws-stream-request-start-ms")).toMatch(/^\d+$/);
    expect(inputTypes(second)).toEqual(["function_call_output"]);
    expect(inputTypes(third)).toEqual(["user"]);
  });

  it("tells everything when what is asked besides the input has changed", async () => {
    const { client, simulator } = await server();
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "one");
    await one.runTurn(threadId, "two", { model: "gpt-5.5" });
    expect(simulator.handshakes).toHaveLength(1);
    expect(simulator.requests[1]?.at("previous_response_id")).toBeUndefined();
    expect(inputTypes(simulator.requests[1])).toContain("assistant");
  });

  it("says the turn's state in the requests of the same turn only", async () => {
    const metadata = { type: "response.metadata", headers: { "X-Codex-Turn-State": "state-1" } };
    const { client, simulator } = await server({
      script: [
        [rawEvents([metadata]), functionCall({ name: "update_plan", arguments: { plan: [] } })],
        [text("Hi")],
        [text("again")],
      ],
    });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "one");
    await one.runTurn(threadId, "two");
    const states = simulator.requests.map((request) => request.at("client_metadata", "x-codex-turn-state"));
    expect(states).toEqual([undefined, "state-1", undefined]);
  });

  it("closes only its own socket when it is interrupted", async () => {
    const { client, simulator } = await server({
      script: (request) => (request.header("originator") === "codex_ios" ? [deltas(1, "x"), hang()] : text("Hi")),
    });
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    const other = await two.startThread();
    const turnId = await two.startTurn(other, "b");
    await two.notification("item/agentMessage/delta");
    expect(simulator.openSockets).toBe(2);
    await two.request("turn/interrupt", { threadId: other, turnId });
    const { params } = await two.notification("turn/completed");
    expect(params.turn.status).toBe("interrupted");
    await until(() => simulator.openSockets === 1);
    await one.runTurn(threadId, "c");
    expect(simulator.handshakes).toHaveLength(2);
  });

  it("leaves no socket open when the server has closed", async () => {
    const running = await server({
      script: (request) => (request.index === 1 ? [deltas(1, "x"), hang()] : text("Hi")),
    });
    const one = await running.client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    await one.startTurn(await one.startThread(), "b");
    await one.notification("item/agentMessage/delta", ({ delta }) => delta === "x");
    expect(running.simulator.openSockets).toBe(2);
    await running.server.close();
    await until(() => running.simulator.openSockets === 0);
  });
});

describe("the owner of a socket", () => {
  it.each([
    ["codex_vscode", "codex_ios"],
    ["codex_ios", "codex_vscode"],
    ["codex-backend", "編集 🛎"],
  ])("is the owner of its turns, %s before %s", async (first, second) => {
    const { client, simulator, requestsOf, warnings: incidents } = await server();
    const [one, two] = [await client(first), await client(second)];
    const turn = async (each: WireClient) => (await each.runTurn(await each.startThread(), "hello")).id;
    const turns = await Promise.all([turn(one), turn(two)]);
    expect(turns.map((id) => namesOn(requestsOf(id)[0]))).toEqual([namesOf(first), namesOf(second)]);
    expect(simulator.handshakes).toHaveLength(2);
    expect(incidents).toEqual([]);
  });

  it("is B in B's turn on A's thread, with the whole conversation, and A again after that", async () => {
    const { client, simulator } = await server();
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "b");
    await one.runTurn(threadId, "c");
    expect(simulator.requests.map((request) => request.header("originator"))).toEqual([
      "codex_vscode",
      "codex_ios",
      "codex_vscode",
    ]);
    const sockets = simulator.requests.map(({ connectionIndex }) => connectionIndex);
    expect(sockets[0]).toBe(sockets[2]);
    expect(simulator.handshakes).toHaveLength(2);
    expect(inputTypes(simulator.requests[1]).filter((role: string) => role === "assistant")).toHaveLength(1);
    // What B asked is news to A's socket, and with it what the model answered.
    expect(inputTypes(simulator.requests[2]).filter((role: string) => role === "assistant")).toHaveLength(1);
    expect(simulator.requests[2]?.at("previous_response_id")).toBeTypeOf("string");
  });

  it("stays the same under a random load of eight identities", async () => {
    const { client, simulator } = await server();
    const names = Array.from({ length: 8 }, (_, index) => `client_${index}`);
    const clients = await Promise.all(names.map((name) => client(name)));
    const owners = new Map<string, string>();
    const threads = await Promise.all(clients.slice(0, 4).map((each) => each.startThread()));
    // One turn after another on each thread: input for a turn that runs would become part of that.
    const queues = new Map<string, Promise<unknown>>();
    const inLine = (threadId: string, act: () => Promise<unknown>) => {
      const done = (queues.get(threadId) ?? Promise.resolve()).then(act);
      queues.set(threadId, done);
      return done;
    };
    await Promise.all(
      clients.map(async (each, index) => {
        for (const threadId of threads) await each.request("thread/resume", { threadId });
        const own = await each.startThread();
        for (let round = 0; round < 6; round += 1) {
          const shared = threads[Math.floor(Math.random() * threads.length)] ?? own;
          const threadId = Math.random() < 0.5 ? own : shared;
          await inLine(threadId, async () => {
            const turnId = await each.startTurn(threadId, `${round}`);
            owners.set(turnId, names[index] ?? "");
            await each.notification("turn/completed", ({ turn }) => turn.id === turnId);
          });
          if (Math.random() < 0.2) simulator.cutSockets();
        }
      }),
    );
    const openers = new Map(simulator.handshakes.map((each) => [each.connectionIndex, namesOn(each)]));
    expect(openers.size).toBe(simulator.handshakes.length);
    const asked = simulator.requests.filter(({ transport }) => transport === "websocket");
    expect(asked.length).toBeGreaterThan(20);
    for (const request of asked) {
      const turnId: Json = request.at("client_metadata", "turn_id");
      expect(openers.get(request.connectionIndex)).toEqual(namesOf(owners.get(turnId) ?? "nobody"));
    }
    const ledger = await clients[0]?.request("switchboard/ledger/read", {});
    expect(ledger.mismatches).toBe(0);
  });

  it("is in the ledger with each handshake and each request", async () => {
    const refused = [[httpError(429, { body: { error: { message: "slow down" } } })]].flat();
    const { client } = await server({ script: [text("Hi"), ...refused], provider: "stream_max_retries = 0" });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await one.runTurn(threadId, "b");
    const { entries, mismatches } = await one.request("switchboard/ledger/read", {});
    expect(mismatches).toBe(0);
    const common = {
      path: "responses-websocket",
      connection: 1,
      client: "codex_vscode",
      originator: "codex_vscode",
      urlPath: "/v1/responses",
    };
    const asked = { ...common, method: "response.create" };
    expect(entries.slice(0, 4)).toMatchObject([
      { ...common, method: "GET", status: 101, failure: null },
      { ...asked, status: 200, failure: null },
      { ...asked, status: 200, failure: null },
      { ...asked, status: 429, failure: expect.any(String) },
    ]);
    expect(entries[2].receivedBytes).toBeGreaterThan(300);
    expect(JSON.stringify(entries)).not.toContain("secret-key");
  });

  it("is one for two connections with the very same name, and each request is noted for its own", async () => {
    const { client, simulator } = await server();
    const [one, two] = [await client("codex_vscode"), await client("codex_vscode")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "b");
    expect(simulator.handshakes).toHaveLength(1);
    const { entries } = await one.request("switchboard/ledger/read", {});
    expect(entries.map(({ method, connection }: Json) => [method, connection])).toEqual([
      ["GET", 1],
      ["response.create", 1],
      ["response.create", 1],
      ["response.create", 2],
    ]);
  });

  it("gets another socket with another credential", async () => {
    const [before, after] = [accessToken("one"), accessToken("two")];
    const world = await chatgptWorld({
      auth: authJson(before, "refresh"),
      takes: () => true,
      config: (url) =>
        `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "mock"\nbase_url = "${url}/v1"\nrequires_openai_auth = true\nsupports_websockets = true\n`,
    });
    const one = await world.client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await world.replaceAuth(authJson(after, "refresh"));
    await one.runTurn(threadId, "b");
    expect(world.simulator.handshakes.map((each) => each.header("authorization"))).toEqual([
      `Bearer ${before}`,
      `Bearer ${after}`,
    ]);
    expect(world.simulator.handshakes.map((each) => each.header("chatgpt-account-id"))).toEqual([
      "account-1",
      "account-1",
    ]);
    expect(world.simulator.requests[1]?.at("previous_response_id")).toBeUndefined();
  });
});

describe("the built-in provider", () => {
  it("is asked over WebSockets, with what OpenAI is told of the login and the model", async () => {
    const access = accessToken("one");
    const world = await chatgptWorld({
      auth: authJson(access, "refresh"),
      takes: () => true,
      config: (url) => `model = "gpt-5.5"\nopenai_base_url = "${url}/v1"\n`,
    });
    const one = await world.client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    expect(transports(world.simulator.requests)).toEqual(["websocket"]);
    const [handshake, ...more] = world.simulator.handshakes;
    expect(more).toEqual([]);
    expect(namesOn(handshake)).toEqual(namesOf("codex_vscode"));
    const headers = ["authorization", "chatgpt-account-id", "version", "x-codex-routing-hint"];
    expect(headers.map((name) => handshake?.header(name))).toEqual([
      `Bearer ${access}`,
      "account-1",
      "0.169.0",
      "model=gpt-5.5",
    ]);
  });
});

describe("a socket that dies", () => {
  it("between turns is replaced, and the new one is told everything", async () => {
    const { client, simulator } = await server();
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    simulator.cutSockets();
    await until(() => simulator.openSockets === 0);
    const turn = await one.runTurn(threadId, "b");
    expect(turn.status).toBe("completed");
    expect(simulator.handshakes).toHaveLength(2);
    expect(namesOn(simulator.handshakes[1])).toEqual(namesOf("codex_vscode"));
    expect(inputTypes(simulator.requests[1])).toContain("assistant");
    expect(errors(one)).toEqual([]);
  });

  it.each([
    ["before the first event", cut({ afterEvents: 0 })],
    ["in the middle", cut({ afterEvents: 4 })],
    ["with a close in the middle", cut({ afterEvents: 4, how: "end" })],
  ])("%s is replaced without a word the first time", async (_, how) => {
    const { client, simulator } = await server({
      script: (request) => (request.index === 0 ? [text("Hello", { deltas: 4 }), how] : text("Hello")),
    });
    const one = await client("codex_vscode");
    const turn = await one.runTurn(await one.startThread(), "a");
    expect(turn.status).toBe("completed");
    expect(transports(simulator.requests)).toEqual(["websocket", "websocket"]);
    expect(simulator.handshakes).toHaveLength(2);
    expect(errors(one)).toEqual([]);
    expect(warnings(one)).toEqual([]);
  });

  it.each([
    ["a limit of the connection", { status: 400, code: "websocket_connection_limit_reached" }],
    ["a response that is forgotten", { status: 400, code: "previous_response_not_found" }],
    ["an internal error", { status: 500, code: "server_error" }],
  ])("with %s is replaced", async (_, { status, code }) => {
    const { client, simulator } = await server({
      script: (request) =>
        request.index === 0 ? httpError(status, { body: { error: { code, message: "no" } } }) : text("Hi"),
    });
    const one = await client("codex_vscode");
    expect((await one.runTurn(await one.startThread(), "a")).status).toBe("completed");
    expect(simulator.handshakes).toHaveLength(2);
  });

  it("with a request that is refused fails the turn as over HTTP", async () => {
    const { client } = await server({ script: () => httpError(400, { body: { error: { message: "bad thing" } } }) });
    const one = await client("codex_vscode");
    const turn = await one.runTurn(await one.startThread(), "a");
    expect(turn.status).toBe("failed");
    expect(turn.error.message).toContain("bad thing");
    expect(errors(one)).toHaveLength(1);
  });

  it("goes silent, is given up and replaced", async () => {
    const { client, simulator } = await server({
      provider: "stream_idle_timeout_ms = 150",
      script: (request) => (request.index === 0 ? [deltas(1, "x"), hang()] : text("Hi")),
    });
    const one = await client("codex_vscode");
    expect((await one.runTurn(await one.startThread(), "a")).status).toBe("completed");
    expect(simulator.handshakes).toHaveLength(2);
  });
});

describe("falling back to HTTP", () => {
  it.each([
    ["404", httpError(404), "unexpected status 404"],
    ["500", httpError(500), "internal error"],
    ["silence", neverAnswer(), "stream disconnected before completion"],
  ])("happens after as many retries as a stream has, on a handshake answered by %s", async (_, refusal, why) => {
    const refusing = await refusingServer(refusal, quick.replace("= 1", "= 2"));
    const one = await refusing.client("codex_vscode");
    const threadId = await one.startThread();
    expect((await one.runTurn(threadId, "a")).status).toBe("completed");
    // One to get the thread's socket ready, which fails without a word, and three for the turn.
    expect(refusing.simulator.handshakes).toHaveLength(4);
    expect(errors(one)).toEqual(["Reconnecting... 2/2"]);
    expect(warnings(one)).toEqual([expect.stringContaining("Falling back from WebSockets to HTTPS transport.")]);
    expect(warnings(one)[0]).toContain(why);
    await one.runTurn(threadId, "b");
    expect(transports(refusing.simulator.requests)).toEqual(["http", "http"]);
    expect(refusing.simulator.handshakes).toHaveLength(4);
    expect(refusing.simulator.requests.map(namesOn)).toEqual([namesOf("codex_vscode"), namesOf("codex_vscode")]);
    // Another thread finds out for itself.
    await one.runTurn(await one.startThread(), "c");
    expect(refusing.simulator.handshakes).toHaveLength(8);
  });

  it("happens at once and without a word on 426", async () => {
    const { client, simulator } = await refusingServer(httpError(426));
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await one.runTurn(threadId, "b");
    expect(simulator.handshakes).toHaveLength(1);
    expect(transports(simulator.requests)).toEqual(["http", "http"]);
    expect([...errors(one), ...warnings(one)]).toEqual([]);
  });

  it("happens when sockets close before any event, again and again", async () => {
    const { client, simulator } = await server({
      provider: quick,
      script: (request) => (request.transport === "websocket" ? [text("Hi"), cut({ afterEvents: 0 })] : text("Hi")),
    });
    const one = await client("codex_vscode");
    expect((await one.runTurn(await one.startThread(), "a")).status).toBe("completed");
    expect(transports(simulator.requests)).toEqual(["websocket", "websocket", "http"]);
    expect(warnings(one)).toEqual([expect.stringContaining("websocket closed by server before response.completed")]);
  });
});

async function refusingServer(refusal: ReturnType<typeof httpError>, provider = quick): Promise<TestServer> {
  return server({ provider, handshake: () => refusal });
}
