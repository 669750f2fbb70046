import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";

import { createRequestClient, outboundRules, type OutboundPath } from "@switchboard/client";
import { createExecServer } from "@switchboard/exec";
import { json, type RecordedRequest } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import type { LedgerEntry } from "../src/ledger/entry.js";
import { LedgerFile } from "../src/ledger/ledger-file.js";
import { Ledger } from "../src/ledger/ledger.js";
import { accessToken, authJson, chatgptWorld } from "./support/chatgpt.js";
import { collector, otel } from "./support/collector.js";
import { httpMcpServer, type HttpMcpServer } from "./support/http-mcp-server.js";
import { calls, patient } from "./support/mcp.js";
import { recordingForwarder } from "./support/recording-forwarder.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { namesOf, testServer, type TestServer } from "./support/test-server.js";
import { WireClient, type Json } from "./support/wire-client.js";

/** A request as its destination received it. */
interface Arrival {
  /** Who made it happen, where that can be told. */
  readonly client: string | undefined;
  /** Its method and path. */
  readonly at: string;
  /** All headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How two clients make requests of one path happen, and what these look like. */
interface Row {
  /** The names of all headers that arrive this way, but for those of HTTP and WebSockets themselves. */
  readonly headers: readonly string[];
  /** Makes them happen; servers write their ledger into the file. */
  readonly happen: (opening: Opening) => Promise<readonly Arrival[]>;
}

/** The names in the order in which they connect, and whether they act at the same time. */
interface Opening {
  readonly names: readonly [string, string];
  readonly isConcurrent: boolean;
  readonly ledgerFile: string;
}

/** Lets each client act, in the order in which they connected or all at once. */
async function inTurn<T>({ names, isConcurrent }: Opening, act: (name: string) => Promise<T>): Promise<T[]> {
  if (isConcurrent) return Promise.all(names.map(act));
  const done: T[] = [];
  for (const name of names) done.push(await act(name));
  return done;
}

/** Connects both clients to a server; gives the one that acts. */
async function connected(
  { names }: Opening,
  { client }: Pick<TestServer, "client">,
): Promise<(name: string) => WireClient> {
  const clients = new Map<string, WireClient>();
  for (const name of names) clients.set(name, await client(name));
  return (name) => {
    const found = clients.get(name);
    if (found === undefined) throw new Error(`${name} is not connected`);
    return found;
  };
}

/** Starts a thread and runs a turn in it. */
async function turnOf(client: WireClient): Promise<string> {
  return (await client.runTurn(await client.startThread(), "go")).id;
}

function arrival(client: string | undefined, request: RecordedRequest | undefined): Arrival {
  if (request === undefined) throw new Error("nothing arrived");
  const headers = Object.fromEntries(request.headers.map(([name]) => [name.toLowerCase(), request.header(name) ?? ""]));
  const [path = ""] = request.path.split("?", 1);
  return { client, at: `${request.method} ${path}`, headers };
}

function arrivalsAt({ requests }: HttpMcpServer): Arrival[] {
  return requests.map(({ method, headers }) => ({
    client: undefined,
    at: `${method} /mcp`,
    headers: asText(headers),
  }));
}

function asText(headers: IncomingHttpHeaders): Arrival["headers"] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

const names = ["originator", "user-agent"];
const turnHeaders = ["session-id", "thread-id", "x-client-request-id", "x-codex-turn-metadata", "x-codex-window-id"];

/** A row for each path there is: the compiler asks for one when a path is added. */
const rows: Readonly<Record<OutboundPath, Row>> = {
  responses: {
    headers: [...names, ...turnHeaders, "accept", "authorization", "content-type"],
    happen: async (opening) => {
      const server = await testServer({ options: { ledgerFile: opening.ledgerFile } });
      const clientOf = await connected(opening, server);
      return inTurn(opening, async (name) => arrival(name, server.requestsOf(await turnOf(clientOf(name)))[0]));
    },
  },

  "responses-websocket": {
    headers: [...names, ...turnHeaders, "authorization", "openai-beta"],
    happen: async (opening) => {
      const options = { ledgerFile: opening.ledgerFile };
      const server = await testServer({ provider: "supports_websockets = true", options });
      const clientOf = await connected(opening, server);
      const all = await inTurn(opening, async (name) => {
        const [asked] = server.requestsOf(await turnOf(clientOf(name)));
        const { handshakes, prewarms } = server.simulator;
        const isOnIt = ({ connectionIndex }: RecordedRequest) => connectionIndex === asked?.connectionIndex;
        // What goes on a socket goes under the headers that it was opened with.
        const frames = [...prewarms.filter(isOnIt), asked].map((frame) => arrival(name, frame));
        return [
          arrival(name, handshakes.find(isOnIt)),
          ...frames.map((frame) => ({ ...frame, at: frame.at.replace("GET", "response.create") })),
        ];
      });
      return all.flat();
    },
  },

  "realtime-websocket": {
    headers: [...names, "authorization", "openai-alpha", "session-id", "thread-id", "x-session-id"],
    happen: async (opening) => {
      const { server, arrivals } = await callsOf(opening);
      return arrivals.map(({ client, threadId }) =>
        arrival(
          client,
          server.simulator.realtime.handshakes.find((each) => each.header("thread-id") === threadId),
        ),
      );
    },
  },

  "realtime-call": {
    headers: [
      ...names,
      "accept",
      "authorization",
      "content-type",
      "openai-alpha",
      "session-id",
      "thread-id",
      "x-session-id",
    ],
    happen: async (opening) => {
      const { server, arrivals } = await callsOf(opening);
      return arrivals.map(({ client, threadId }) =>
        arrival(
          client,
          server.simulator.realtime.calls.find((each) => each.header("thread-id") === threadId),
        ),
      );
    },
  },

  "oauth-token": {
    headers: [...names, "accept", "content-type"],
    // One refresh serves all: each client needs a server, and a token, of its own to cause one.
    happen: (opening) =>
      inTurn(opening, async (name) => {
        const fresh = accessToken("fresh");
        const world = await chatgptWorld({
          auth: authJson(accessToken("stale", -60), "refresh-1"),
          takes: (bearer) => bearer === fresh,
          tokens: () => json({ access_token: fresh, refresh_token: "refresh-2" }),
          ledgerFile: opening.ledgerFile,
        });
        // The other one is connected too, and does nothing.
        await turnOf((await connected(opening, world))(name));
        return arrival(name, world.refreshes()[0]);
      }),
  },

  "mcp-http": {
    headers: ["accept", "content-type", "mcp-protocol-version", "mcp-session-id", "user-agent"],
    happen: async (opening) => {
      const web = await httpMcpServer();
      const server = await testServer({
        top: patient,
        script: calls("mcp__web__echo", { a: 1 }),
        provider: `[mcp_servers.web]\nurl = "${web.url}"\n`,
        options: { ledgerFile: opening.ledgerFile },
      });
      const clientOf = await connected(opening, server);
      await inTurn(opening, (name) => turnOf(clientOf(name)));
      return arrivalsAt(web);
    },
  },

  "exec-server": {
    headers: [],
    happen: async (opening) => {
      const web = await httpMcpServer();
      const { url } = await execServer();
      const door = await recordingForwarder(url);
      // Threads would share the server and its connection: each client needs an app-server of its own.
      await inTurn(opening, async (name) => {
        const server = await testServer({
          top: patient,
          script: calls("mcp__web__echo", { a: 1 }),
          provider: `[mcp_servers.web]\nurl = "${web.url}"\nenvironment_id = "remote"\n`,
          options: {
            environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: door.url },
            ledgerFile: opening.ledgerFile,
          },
        });
        await turnOf((await connected(opening, server))(name));
      });
      return door.heads.map((headers) => ({ client: undefined, at: "GET /", headers }));
    },
  },

  telemetry: {
    headers: ["content-type", "user-agent"],
    happen: async (opening) => {
      const seen = await collector();
      const server = await testServer({
        top: otel(seen.url, { send: ["exporter", "trace_exporter", "metrics_exporter"], headers: "" }),
        options: { ledgerFile: opening.ledgerFile },
      });
      const clientOf = await connected(opening, server);
      await inTurn(opening, (name) => turnOf(clientOf(name)));
      await server.server.close();
      return seen.exports.map(({ method, path, headers }) => ({
        client: undefined,
        at: `${method} ${path}`,
        headers: asText(headers),
      }));
    },
  },

  analytics: {
    headers: [...names, "accept", "authorization", "chatgpt-account-id", "content-type"],
    happen: async (opening) => {
      const seen = await collector();
      const server = await testServer({
        top: `chatgpt_base_url = "${seen.url}"\n[analytics]\nenabled = true`,
        auth: authJson(accessToken("one"), "refresh-1"),
        options: { ledgerFile: opening.ledgerFile },
      });
      const clientOf = await connected(opening, server);
      await inTurn(opening, (name) => turnOf(clientOf(name)));
      await server.server.close();
      return seen.exports.map(({ method, path, headers, body }) => {
        const { events }: Json = JSON.parse(body.toString());
        const clients = new Set<string>(events.map((event: Json) => event.event_params.app_server_client.client_name));
        return { client: [...clients].join(" and "), at: `${method} ${path}`, headers: asText(headers) };
      });
    },
  },

  "exec-http": {
    headers: ["accept", "user-agent"],
    happen: async (opening) => {
      const web = await httpMcpServer();
      const ledger = new Ledger({ clock: Date.now, onMismatch: () => undefined });
      const file = new LedgerFile(ledger, opening.ledgerFile, () => undefined);
      onTestFinished(() => file.close());
      const { url } = await execServer(ledger);
      await inTurn(opening, async (name) => {
        const client = await WireClient.open(url);
        await client.request("initialize", { clientName: name });
        client.sendRaw(JSON.stringify({ method: "initialized" }));
        const headers = [{ name: "user-agent", value: "the caller's own" }];
        await client.request("http/request", { requestId: name, method: "GET", url: web.url, headers });
      });
      return arrivalsAt(web);
    },
  },
};

/** Has each client create a WebRTC call and join it. */
async function callsOf(opening: Opening): Promise<{
  readonly server: TestServer;
  readonly arrivals: ReadonlyArray<{ readonly client: string; readonly threadId: string }>;
}> {
  const server = await testServer({ options: { ledgerFile: opening.ledgerFile } });
  const clientOf = await connected(opening, server);
  const arrivals = await inTurn(opening, async (name) => {
    const client = clientOf(name);
    const threadId = await client.startThread();
    const transport = { type: "webrtc", sdp: "offer" };
    await client.request("thread/realtime/start", { threadId, outputModality: "audio", version: "v1", transport });
    await client.notification("thread/realtime/sdp");
    return { client: name, threadId };
  });
  await server.simulator.realtime.waitForPeer(arrivals.length);
  return { server, arrivals };
}

async function execServer(ledger?: Ledger): Promise<{ readonly url: string }> {
  const requestClient = createRequestClient(ledger === undefined ? {} : { onRequest: ledger.record });
  const exec = createExecServer({ environment: {}, requestClient });
  onTestFinished(async () => {
    await exec.close();
    await requestClient.close();
  });
  return exec.listen("ws://127.0.0.1:0");
}

const openings = [
  { names: ["codex_vscode", "codex_ios"], isConcurrent: false },
  { names: ["codex_ios", "codex_vscode"], isConcurrent: false },
  { names: ["codex-backend", "codex_vscode"], isConcurrent: true },
] as const;

describe.each(Object.entries(outboundRules))("the path %s", (path, { owner, exposure }) => {
  it.each(openings)("bears the name that its rule gives it: $names, at once: $isConcurrent", async (opening) => {
    const ledgerFile = join(await temporaryFolder(), "ledger");
    const row = Object.entries(rows).find(([name]) => name === path)?.[1];
    if (row === undefined) throw new Error("every path has a row");
    const arrivals = await row.happen({ ...opening, ledgerFile });
    expect(arrivals.length).toBeGreaterThan(1);
    expect(new Set(arrivals.flatMap(({ headers }) => ownNames(headers)))).toEqual(new Set(row.headers));
    for (const { client, headers } of arrivals) {
      const strangers = opening.names.filter((name) => name !== client);
      const told = JSON.stringify(Object.values(headers));
      expect(strangers.filter((name) => told.includes(name))).toEqual([]);
      if (exposure !== "full") continue;
      expect(client).toBeDefined();
      expect(ownNames(headers)).toEqual(row.headers.toSorted());
      const { originator, "user-agent": userAgent } = headers;
      expect({ originator, userAgent }).toEqual(namesOf(client ?? ""));
    }
    const entries = await ledgerOf(ledgerFile, path, arrivals.length);
    // Who it was for is known here only where the request itself says it; there both columns must agree.
    const noted = entries.map(({ method, urlPath, originator, client }) => ({
      at: `${method} ${urlPath}`,
      originator: originator ?? undefined,
      client: exposure === "full" ? client : undefined,
    }));
    const arrived = arrivals.map(({ at, headers, client }) => ({
      // Where a stranger is reached a path may be a secret.
      at: owner === "nobody" ? at.replace(/ .*/, " /…") : at,
      originator: headers["originator"],
      client,
    }));
    expect(noted.map((each) => JSON.stringify(each)).sort()).toEqual(
      arrived.map((each) => JSON.stringify(each)).sort(),
    );
    expect(entries.filter((entry) => "expectedOriginator" in entry)).toEqual([]);
  });
});

/** The names of headers that a request has of its own, sorted. */
function ownNames(headers: Arrival["headers"]): string[] {
  return Object.keys(headers)
    .filter((name) => !protocolHeaders.has(name) && !name.startsWith("sec-websocket-"))
    .sort();
}

const protocolHeaders = new Set(["host", "connection", "upgrade", "content-length", "transfer-encoding"]);

/** What the ledger says of a path, once so many requests of it are over. */
async function ledgerOf(file: string, path: string, count: number): Promise<LedgerEntry[]> {
  for (;;) {
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1);
    const entries = lines.map((line): LedgerEntry => JSON.parse(line)).filter((entry) => entry.path === path);
    if (entries.length >= count) return entries;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
