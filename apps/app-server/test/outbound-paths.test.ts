import { createRequestClient, outboundRules, type OutboundPath } from "@switchboard/client";
import { createExecServer } from "@switchboard/exec";
import { json } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { accessToken, authJson, chatgptWorld } from "./support/chatgpt.js";
import { httpMcpServer } from "./support/http-mcp-server.js";
import { calls, patient } from "./support/mcp.js";
import { recordingForwarder } from "./support/recording-forwarder.js";
import { namesOf, testServer } from "./support/test-server.js";
import { WireClient } from "./support/wire-client.js";

/** Who a request said it was from, as the destination received it. */
interface Received {
  readonly originator: string | undefined;
  readonly userAgent: string | undefined;
}

/** One way out: how two clients make it happen, one after the other or at once, and what arrived for each. */
type Row = (open: Opening) => Promise<ReadonlyArray<readonly [client: string, received: Received]>>;

/** The names in the order in which they connect, and whether they act at the same time. */
interface Opening {
  readonly names: readonly [string, string];
  readonly isConcurrent: boolean;
}

/** Lets each client act, in the order in which they connected or all at once. */
async function inTurn<T>({ names, isConcurrent }: Opening, act: (name: string) => Promise<T>): Promise<T[]> {
  if (isConcurrent) return Promise.all(names.map(act));
  const done: T[] = [];
  for (const name of names) done.push(await act(name));
  return done;
}

/** A row for each path there is: the compiler asks for one when a path is added. */
const rows: Readonly<Record<OutboundPath, Row>> = {
  responses: async (open) => {
    const { client, requestsOf } = await testServer();
    const clients = new Map<string, WireClient>();
    for (const name of open.names) clients.set(name, await client(name));
    return inTurn(open, async (name) => {
      const owner = clients.get(name);
      if (owner === undefined) throw new Error("not connected");
      const turn = await owner.runTurn(await owner.startThread(), "go");
      const [request] = requestsOf(turn.id);
      return [name, { originator: request?.header("originator"), userAgent: request?.header("user-agent") }] as const;
    });
  },

  "responses-websocket": async (open) => {
    const { client, requestsOf, simulator } = await testServer({ provider: "supports_websockets = true" });
    const clients = new Map<string, WireClient>();
    for (const name of open.names) clients.set(name, await client(name));
    return inTurn(open, async (name) => {
      const owner = clients.get(name);
      if (owner === undefined) throw new Error("not connected");
      const turn = await owner.runTurn(await owner.startThread(), "go");
      const [asked] = requestsOf(turn.id);
      const handshake = simulator.handshakes.find(({ connectionIndex }) => connectionIndex === asked?.connectionIndex);
      return [
        name,
        { originator: handshake?.header("originator"), userAgent: handshake?.header("user-agent") },
      ] as const;
    });
  },

  "oauth-token": async (open) => {
    // One refresh serves all: each client needs a server, and a token, of its own to cause one.
    return inTurn(open, async (name) => {
      const fresh = accessToken("fresh");
      const world = await chatgptWorld({
        auth: authJson(accessToken("stale", -60), "refresh-1"),
        takes: (bearer) => bearer === fresh,
        tokens: () => json({ access_token: fresh, refresh_token: "refresh-2" }),
      });
      // The other one is connected too, and does nothing.
      const clients = new Map<string, WireClient>();
      for (const each of open.names) clients.set(each, await world.client(each));
      const owner = clients.get(name);
      await owner?.runTurn(await owner.startThread(), "go");
      const [request] = world.refreshes();
      return [name, { originator: request?.header("originator"), userAgent: request?.header("user-agent") }] as const;
    });
  },

  "mcp-http": async (open) => {
    const web = await httpMcpServer();
    const { client } = await testServer({
      top: patient,
      script: calls("mcp__web__echo", { a: 1 }),
      provider: `[mcp_servers.web]\nurl = "${web.url}"\n`,
    });
    const clients = new Map<string, WireClient>();
    for (const name of open.names) clients.set(name, await client(name));
    await inTurn(open, async (name) => {
      const owner = clients.get(name);
      await owner?.runTurn(await owner.startThread(), "go");
    });
    expect(web.requests.length).toBeGreaterThan(2);
    return web.requests.map(({ headers }) => {
      const { originator, "user-agent": userAgent } = headers;
      return ["", { originator: originator === undefined ? undefined : String(originator), userAgent }] as const;
    });
  },

  "exec-server": async (open) => {
    const web = await httpMcpServer();
    const requestClient = createRequestClient();
    const exec = createExecServer({ environment: {}, requestClient });
    onTestFinished(async () => {
      await exec.close();
      await requestClient.close();
    });
    const { url } = await exec.listen("ws://127.0.0.1:0");
    const door = await recordingForwarder(url);
    // Threads would share the server and its connection: each client needs an app-server of its own.
    await inTurn(open, async (name) => {
      const { client } = await testServer({
        top: patient,
        script: calls("mcp__web__echo", { a: 1 }),
        provider: `[mcp_servers.web]\nurl = "${web.url}"\nenvironment_id = "remote"\n`,
        options: { environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: door.url } },
      });
      const clients = new Map<string, WireClient>();
      for (const each of open.names) clients.set(each, await client(each));
      const owner = clients.get(name);
      await owner?.runTurn(await owner.startThread(), "go");
    });
    return door.heads.map(({ originator, "user-agent": userAgent }) => ["", { originator, userAgent }] as const);
  },

  telemetry: async (open) => {
    const collector = await httpMcpServer();
    const exporter = `{ otlp-http = { endpoint = "${collector.url}", protocol = "json" } }`;
    const { client, server } = await testServer({
      top: `[otel]\ntrace_exporter = ${exporter}\nexporter = ${exporter}`,
    });
    const clients = new Map<string, WireClient>();
    for (const name of open.names) clients.set(name, await client(name));
    await inTurn(open, async (name) => {
      const owner = clients.get(name);
      await owner?.runTurn(await owner.startThread(), "go");
    });
    await server.close();
    return collector.requests.map(({ headers }) => {
      const { originator, "user-agent": userAgent } = headers;
      return ["", { originator: originator === undefined ? undefined : String(originator), userAgent }] as const;
    });
  },

  "exec-http": async (open) => {
    const web = await httpMcpServer();
    const requestClient = createRequestClient();
    const exec = createExecServer({ environment: {}, requestClient });
    const { url } = await exec.listen("ws://127.0.0.1:0");
    onTestFinished(async () => {
      await exec.close();
      await requestClient.close();
    });
    await inTurn(open, async (name) => {
      const client = await WireClient.open(url);
      await client.request("initialize", { clientName: name });
      client.sendRaw(JSON.stringify({ method: "initialized" }));
      const headers = [{ name: "user-agent", value: "the caller's own" }];
      await client.request("http/request", { requestId: name, method: "GET", url: web.url, headers });
    });
    return web.requests.map(
      ({ headers }) => ["", { originator: undefined, userAgent: headers["user-agent"] }] as const,
    );
  },
};

const openings: readonly Opening[] = [
  { names: ["codex_vscode", "codex_ios"], isConcurrent: false },
  { names: ["codex_ios", "codex_vscode"], isConcurrent: false },
  { names: ["codex-backend", "codex_vscode"], isConcurrent: true },
];

describe.each(Object.entries(outboundRules))("the path %s", (path, { exposure }) => {
  it.each(openings)("bears the name that its rule gives it: $names, at once: $isConcurrent", async (opening) => {
    const row = Object.entries(rows).find(([name]) => name === path)?.[1];
    expect(row, "every path has a row").toBeDefined();
    const received = (await row?.(opening)) ?? [];
    expect(received.length).toBeGreaterThan(1);
    const shown = received.map(([, names]) => (exposure === "full" ? names : ofStranger(names, opening.names)));
    expect(shown).toEqual(received.map(([name]) => (exposure === "full" ? namesOf(name) : "no name")));
  });
});

/** What a destination that must learn no name was told. */
function ofStranger({ originator, userAgent = "" }: Received, clients: readonly string[]): string {
  return originator ?? (clients.some((name) => userAgent.includes(name)) ? userAgent : "no name");
}
