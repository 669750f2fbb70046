import { SwitchboardError } from "@switchboard/protocol";
import {
  hang,
  httpError,
  json,
  neverAnswer,
  startSimulator,
  text,
  type Script,
  type Simulator,
} from "@switchboard/simulator";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import {
  createRequestClient,
  outboundRules,
  type OutboundEnd,
  type OutboundPath,
  type OutboundRecord,
} from "../src/index.js";
import { openClient, requestTo, textOf } from "./support/client.js";
import { refusingOrigin, startHttpServer, startTcpServer } from "./support/servers.js";
import { until } from "./support/until.js";

const paths: readonly OutboundPath[] = [
  "responses",
  "responses-websocket",
  "realtime-websocket",
  "realtime-call",
  "oauth-token",
  "mcp-http",
  "exec-server",
  "telemetry",
  "analytics",
  "exec-http",
];

async function start(script: Script = () => json({})): Promise<Simulator> {
  const simulator = await startSimulator({ script, routes: { "GET /any": script, "POST /any": script } });
  onTestFinished(() => simulator.close());
  return simulator;
}

const urlOf = (simulator: Simulator, rest = "/any"): string => `http://127.0.0.1:${simulator.port}${rest}`;

const owner = { originator: "client_a", "user-agent": "client_a/1", "x-openai-internal-codex-residency": "us" };

describe("the headers of a request", () => {
  it("are its own and the owner's, its own first", async () => {
    const simulator = await start();
    const headers = { accept: "text/plain", "user-agent": "custom/2" };
    await textOf(await openClient().send(requestTo(urlOf(simulator), { headers, owner })));
    const [request] = simulator.requests;
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      accept: "text/plain",
      "user-agent": "custom/2",
      originator: "client_a",
      "x-openai-internal-codex-residency": "us",
    });
    expect(request?.headers.filter(([name]) => name.toLowerCase() === "user-agent")).toHaveLength(1);
  });

  it("keep an empty value of their own over the owner's", async () => {
    const simulator = await start();
    await textOf(await openClient().send(requestTo(urlOf(simulator), { headers: { originator: "" }, owner })));
    expect(simulator.requests[0]?.header("originator")).toBe("");
  });

  it("name one of all the paths there are", () => {
    expect(Object.keys(outboundRules)).toEqual(paths);
  });

  it.each(paths)("show of the owner what the path %s allows", async (path) => {
    const { exposure } = outboundRules[path];
    const simulator = await start();
    await textOf(await openClient().send(requestTo(urlOf(simulator), { path, owner, headers: { accept: "*/*" } })));
    const shown = ["originator", "user-agent", "x-openai-internal-codex-residency"].map((name) => [
      name,
      simulator.requests[0]?.header(name),
    ]);
    expect(Object.fromEntries(shown)).toEqual(
      exposure === "full"
        ? owner
        : { originator: undefined, "user-agent": undefined, "x-openai-internal-codex-residency": undefined },
    );
    expect(simulator.requests[0]?.header("accept")).toBe("*/*");
  });

  it("carry what the request itself says even where nothing of the owner shows", async () => {
    const simulator = await start();
    const headers = { originator: "the_request", "user-agent": "the_request/1" };
    await textOf(await openClient().send(requestTo(urlOf(simulator), { path: "mcp-http", headers, owner })));
    expect(simulator.requests[0]?.header("originator")).toBe("the_request");
    expect(simulator.requests[0]?.header("user-agent")).toBe("the_request/1");
  });

  it("go out as raw UTF-8 bytes", async () => {
    const simulator = await start();
    const names = { originator: "Redaktør 編集 🛎", "user-agent": "é/1\t(ÿ)" };
    await textOf(await openClient().send(requestTo(urlOf(simulator), { owner: names })));
    const sent = new Map(simulator.requests[0]?.headers);
    expect(Buffer.from(sent.get("originator") ?? "", "latin1")).toEqual(Buffer.from(names.originator, "utf8"));
    expect(Buffer.from(sent.get("user-agent") ?? "", "latin1")).toEqual(Buffer.from(names["user-agent"], "utf8"));
  });

  it.each([
    ["a line end in a value", { "x-a": "1\r\nx-injected: 2" }],
    ["a bare line feed", { "x-a": "1\nx-injected: 2" }],
    ["a bare carriage return", { "x-a": "1\rx-injected: 2" }],
    ["NUL", { "x-a": "1\u0000" }],
    ["a line end in a name", { "x-a\r\nx-injected": "1" }],
    ["a name that is no token", { "x a": "1" }],
  ])("are refused with %s, and nothing is sent", async (_, headers) => {
    const simulator = await start();
    const sent = openClient().send(requestTo(urlOf(simulator), { headers }));
    await expect(sent).rejects.toMatchObject({ code: "invalid_request", isRetryable: false });
    expect(simulator.requestCount).toBe(0);
  });

  it("cannot be injected by characters whose low byte is a line end", async () => {
    const simulator = await start();
    const value = "1\u010d\u010ax-injected: 2";
    await textOf(await openClient().send(requestTo(urlOf(simulator), { headers: { "x-a": value } })));
    expect(simulator.requests[0]?.header("x-a")).toBe(value);
    expect(simulator.requests[0]?.header("x-injected")).toBeUndefined();
  });

  it("are each owner's own on a connection that serves several one after another", async () => {
    const simulator = await start();
    const client = openClient();
    const names = ["client_a", "client_b", "client_c", "client_a", "client_d", "client_e"];
    for (const name of names) {
      const headers = { originator: name, "user-agent": `${name}/1` };
      await textOf(await client.send(requestTo(urlOf(simulator), { owner: headers })));
    }
    await textOf(await client.send(requestTo(urlOf(simulator), { owner, path: "mcp-http" })));
    const seen = simulator.requests.map((request) => [request.header("originator"), request.header("user-agent")]);
    expect(seen).toEqual([...names.map((name) => [name, `${name}/1`]), [undefined, undefined]]);
    // Without a pause between them, requests take turns on two connections.
    expect(new Set(simulator.requests.map(({ connectionIndex }) => connectionIndex)).size).toBeLessThan(4);
  });

  it("are each owner's own for many at once", async () => {
    const simulator = await start();
    const client = openClient();
    const names = Array.from({ length: 30 }, (_, index) => `client_${index}`);
    await Promise.all(
      names.map(async (name) => {
        const request = requestTo(urlOf(simulator), { method: "POST", body: name, owner: { originator: name } });
        await textOf(await client.send(request));
      }),
    );
    const seen = simulator.requests.map((request) => [request.bodyBytes.toString(), request.header("originator")]);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });
});

describe("an answer", () => {
  it("has status, headers with lower-case names, and a body", async () => {
    const simulator = await start(() =>
      httpError(418, { body: "short and stout", headers: { "X-One": "1", "set-cookie": ["a=1", "b=2"] } }),
    );
    const response = await openClient().send(requestTo(urlOf(simulator)));
    expect(response.status).toBe(418);
    expect(response.headers).toMatchObject({ "x-one": "1", "set-cookie": "a=1, b=2" });
    expect(await textOf(response)).toBe("short and stout");
  });

  it("may be a redirect, which is not followed", async () => {
    const simulator = await start(() => httpError(302, { headers: { location: "/elsewhere" } }));
    const response = await openClient().send(requestTo(urlOf(simulator)));
    expect(response.status).toBe(302);
    expect(response.headers["location"]).toBe("/elsewhere");
    await textOf(response);
    expect(simulator.requestCount).toBe(1);
  });

  it("gets the request's method, path, query and body", async () => {
    const simulator = await start();
    const url = urlOf(simulator, "/any?api-version=1&x=%20");
    await textOf(await openClient().send(requestTo(url, { method: "POST", body: '{"text":"ø"}' })));
    const [request] = simulator.requests;
    expect([request?.method, request?.path]).toEqual(["POST", "/any?api-version=1&x=%20"]);
    expect(request?.body).toEqual({ text: "ø" });
  });
});

describe("the outbound record", () => {
  it("says whose name went where, without query, body and secrets", async () => {
    const simulator = await start();
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    const request = requestTo(urlOf(simulator, "/any?key=hidden"), {
      method: "POST",
      headers: { authorization: "Bearer hidden" },
      body: "hidden",
      owner,
    });
    await textOf(await client.send(request));
    const attribution = { connection: 7, client: "client_a", originator: "client_a" };
    await textOf(await client.send({ ...request, method: "GET", path: "mcp-http", attribution }));
    const place = { origin: `http://127.0.0.1:${simulator.port}`, path: "/any" };
    expect(records).toEqual([
      { kind: "responses", method: "POST", ...place, originator: "client_a", userAgent: "client_a/1" },
      {
        kind: "mcp-http",
        attribution,
        method: "GET",
        ...place,
        path: "/…",
        originator: undefined,
        userAgent: undefined,
      },
    ]);
    expect(JSON.stringify(records)).not.toContain("hidden");
  });

  it("has the name that was sent, not the owner's that was not", async () => {
    const simulator = await start();
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    await textOf(await client.send(requestTo(urlOf(simulator), { headers: { originator: "provider" }, owner })));
    expect(records).toMatchObject([{ originator: "provider", userAgent: "client_a/1" }]);
  });

  it("is followed by what became of the request: once, with its status and bytes", async () => {
    const simulator = await start();
    const ends: OutboundEnd[] = [];
    const client = openClient({ onRequest: () => (end) => void ends.push(end) });
    const body = await textOf(await client.send(requestTo(urlOf(simulator))));
    expect(ends).toEqual([{ status: 200, receivedBytes: Buffer.byteLength(body), failure: undefined }]);
  });

  it("is followed by why there was no answer, or none to its end", async () => {
    const origin = await startHttpServer((_request, response) => void response.writeHead(200).write("a beginning"));
    const ends: OutboundEnd[] = [];
    const client = openClient({ onRequest: () => (end) => void ends.push(end) });
    const { body } = await client.send(requestTo(origin));
    for await (const _chunk of body) break;
    await vi.waitFor(() => expect(ends).toEqual([{ status: 200, receivedBytes: 11, failure: "given_up" }]));
    await expect(client.send(requestTo(await refusingOrigin()))).rejects.toThrow("ECONNREFUSED");
    expect(ends[1]).toEqual({ status: undefined, receivedBytes: 0, failure: "connect_failed" });
  });

  it("ends when the last byte has come, whoever reads it or breaks it off", async () => {
    const origin = await startHttpServer((request, response) => {
      if (request.method === "DELETE") response.writeHead(204).end();
      else response.end("whole");
    });
    const ends: OutboundEnd[] = [];
    const client = openClient({ onRequest: () => (end) => void ends.push(end) });
    const unread = await client.send(requestTo(origin));
    await until(() => ends.length === 1);
    const empty = await client.send(requestTo(origin, { method: "DELETE" }));
    await until(() => ends.length === 2);
    for (const { body } of [unread, empty]) {
      const closed = new Promise((resolve) => body.once("close", resolve));
      body.destroy();
      await closed;
    }
    expect(ends).toEqual([
      { status: 200, receivedBytes: 5, failure: undefined },
      { status: 204, receivedBytes: 0, failure: undefined },
    ]);
  });

  it("ends with the client when nobody reads the body, which has not come whole", async () => {
    const origin = await startHttpServer((_request, response) => void response.writeHead(200).write("a beginning"));
    const ends: OutboundEnd[] = [];
    const client = openClient({ onRequest: () => (end) => void ends.push(end) });
    await client.send(requestTo(origin));
    await client.close();
    await until(() => ends.length === 1);
    expect(ends).toEqual([{ status: 200, receivedBytes: 11, failure: expect.stringMatching(/./) }]);
  });

  it.each(paths)("holds the URL's path on the way %s only where that has an owner", async (path) => {
    const simulator = await start();
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    await textOf(await client.send(requestTo(urlOf(simulator, "/any"), { path })));
    expect(records.map((record) => record.path)).toEqual([outboundRules[path].owner === "nobody" ? "/…" : "/any"]);
  });

  it("is made for a host that cannot be reached, but not for what was aborted before", async () => {
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    const origin = await refusingOrigin();
    await expect(client.send(requestTo(`${origin}/lost`))).rejects.toThrow("ECONNREFUSED");
    await expect(client.send(requestTo(origin, { signal: AbortSignal.abort("over") }))).rejects.toBe("over");
    expect(records).toMatchObject([{ origin, path: "/lost" }]);
  });
});

describe("an aborted request", () => {
  it("throws the signal's reason and sends nothing when it was aborted before", async () => {
    const simulator = await start();
    const reason = new Error("too late");
    const sent = openClient().send(requestTo(urlOf(simulator), { signal: AbortSignal.abort(reason) }));
    await expect(sent).rejects.toBe(reason);
    expect(simulator.requestCount).toBe(0);
  });

  it("throws the signal's reason, whatever it is, and the server sees the close, while it waits", async () => {
    const simulator = await start(() => neverAnswer());
    const controller = new AbortController();
    const sent = openClient().send(requestTo(urlOf(simulator), { signal: controller.signal }));
    const request = await simulator.waitForRequest(1);
    controller.abort("the user left");
    await expect(sent).rejects.toBe("the user left");
    expect(await request.done).toBe("aborted");
  });

  it("breaks its body off, and the server sees the close", async () => {
    const simulator = await start(() => [text("Hello"), hang()]);
    const controller = new AbortController();
    const reason = new Error("enough");
    const response = await openClient().send(requestTo(urlOf(simulator), { signal: controller.signal }));
    const read = textOf(response);
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(await simulator.requests[0]?.done).toBe("aborted");
  });

  it("leaves the others alone", async () => {
    const simulator = await start([neverAnswer(), json({ fine: true })]);
    const client = openClient();
    const controller = new AbortController();
    const aborted = client.send(requestTo(urlOf(simulator), { signal: controller.signal }));
    await simulator.waitForRequest(1);
    const other = client.send(requestTo(urlOf(simulator)));
    controller.abort();
    await expect(aborted).rejects.toThrow("aborted");
    expect(await textOf(await other)).toBe('{"fine":true}');
  });
});

describe("a failed request", () => {
  it("is connect_failed when nobody listens", async () => {
    const origin = await refusingOrigin();
    await expect(openClient().send(requestTo(`${origin}/any?key=hidden`))).rejects.toMatchObject({
      code: "connect_failed",
      isRetryable: true,
      message: `error sending request to ${origin}: ECONNREFUSED`,
    });
  });

  it.each([
    ["resets the connection", "destroy"],
    ["ends the connection", "end"],
  ] as const)("is connection_lost when the server %s before its answer", async (_, how) => {
    const origin = await startTcpServer((socket) => socket.once("data", () => socket[how]()));
    const error = await openClient()
      .send(requestTo(`${origin}/any?key=hidden`))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SwitchboardError);
    expect(error).toMatchObject({ code: "connection_lost", isRetryable: true });
    expect(String(error)).toContain(`error sending request to ${origin}: `);
    expect(String(error)).not.toContain("hidden");
  });

  it("is connection_lost when the answer is no HTTP", async () => {
    const origin = await startTcpServer((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.9\r\n")));
    await expect(openClient().send(requestTo(origin))).rejects.toMatchObject({
      code: "connection_lost",
      isRetryable: true,
    });
  });

  it("is headers_timeout when the answer does not begin", async () => {
    const simulator = await start(() => neverAnswer());
    await expect(openClient().send(requestTo(urlOf(simulator), { headersTimeoutMs: 20 }))).rejects.toMatchObject({
      code: "headers_timeout",
      isRetryable: true,
      message: `http://127.0.0.1:${simulator.port} did not answer in time`,
    });
    await expect(simulator.requests[0]?.done).resolves.toBe("aborted");
  });

  it("breaks its body off when the answer goes silent", async () => {
    const simulator = await start(() => [text("Hello"), hang()]);
    const response = await openClient().send(requestTo(urlOf(simulator), { bodyTimeoutMs: 20 }));
    await expect(textOf(response)).rejects.toMatchObject({ code: "UND_ERR_BODY_TIMEOUT" });
  });

  it.each(["not a URL", "ftp://127.0.0.1/", "file:///etc/hostname", "", "//127.0.0.1/"])(
    "is invalid_request for the URL %j",
    async (url) => {
      await expect(openClient().send(requestTo(url))).rejects.toMatchObject({
        code: "invalid_request",
        isRetryable: false,
        message: `not an http or https URL: ${url}`,
      });
    },
  );

  it("does not show the query of a URL that makes no sense", async () => {
    const error = await openClient()
      .send(requestTo("htp://host/path?key=hidden"))
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("htp://host/path");
    expect(String(error)).not.toContain("hidden");
  });
});

describe("close", () => {
  it("ends what is under way and closes all connections", async () => {
    let sockets = 0;
    const origin = await startHttpServer((request, response) => {
      request.socket.once("close", () => (sockets -= 1));
      sockets += 1;
      if (request.url === "/streaming") response.write("begun");
      if (request.url === "/idle") response.end("done");
    });
    const client = createRequestClient();
    await textOf(await client.send(requestTo(`${origin}/idle`)));
    const streaming = textOf(await client.send(requestTo(`${origin}/streaming`)));
    const waiting = client.send(requestTo(`${origin}/waiting`));
    await until(() => sockets >= 2);
    const outcomes = Promise.allSettled([streaming, waiting]);
    await client.close();
    expect(await outcomes).toMatchObject([
      { status: "rejected" },
      { status: "rejected", reason: { code: "connection_lost" } },
    ]);
    await until(() => sockets === 0);
  });

  it("is final: later requests fail and nothing leaves, also when none left before", async () => {
    const simulator = await start();
    const [used, unused] = [createRequestClient(), createRequestClient()];
    await textOf(await used.send(requestTo(urlOf(simulator))));
    for (const client of [used, unused]) {
      await client.close();
      await expect(client.send(requestTo(urlOf(simulator)))).rejects.toMatchObject({ code: "connection_lost" });
    }
    expect(simulator.requestCount).toBe(1);
  });

  it("may be called twice, and at once with a request", async () => {
    const simulator = await start(() => neverAnswer());
    const client = createRequestClient();
    const sent = client.send(requestTo(urlOf(simulator)));
    const [outcome] = await Promise.allSettled([sent, client.close(), client.close()]);
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "connection_lost" } });
    await client.close();
  });

  it("does not touch other clients", async () => {
    const simulator = await start();
    const [closed, other] = [openClient(), openClient()];
    await textOf(await closed.send(requestTo(urlOf(simulator))));
    await textOf(await other.send(requestTo(urlOf(simulator))));
    await closed.close();
    await textOf(await other.send(requestTo(urlOf(simulator))));
    expect(simulator.requests.map(({ connectionIndex }) => connectionIndex)).toEqual([0, 1, 1]);
  });
});
