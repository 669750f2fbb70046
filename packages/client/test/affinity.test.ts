import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  startInterceptingProxy,
  type InterceptedAnswer,
  type InterceptedRequest,
  type InterceptingProxy,
} from "@switchboard/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { affinityCookies, createRequestClient, openWebSocket } from "../src/index.js";
import type { NetworkOptions, OutboundRequest } from "../src/index.js";
import { openClient, requestTo, textOf } from "./support/client.js";

const mcp = "https://chatgpt.com/backend-api/ps/mcp";

let proxy: InterceptingProxy;
let network: NetworkOptions;
let answer: (request: InterceptedRequest) => InterceptedAnswer;

beforeAll(async () => {
  proxy = await startInterceptingProxy({
    hosts: ["chatgpt.com", "*.chatgpt.com", "api.openai.com", "example.test"],
    answer: (request) => answer(request),
  });
  network = { httpProxy: proxy.url, httpsProxy: proxy.url, extraCertificates: proxy.authority };
});

afterAll(() => proxy.close());

beforeEach(() => {
  affinityCookies.clear();
  answer = () => ({});
});

/** An answer that sets cookies. */
function setting(...cookies: readonly string[]): InterceptedAnswer {
  return { headers: cookies.map((cookie) => ["set-cookie", cookie] as const) };
}

/** One request by a client of its own; returns what the server was sent. */
async function fresh(url: string, changes: Partial<OutboundRequest> = {}): Promise<InterceptedRequest> {
  const client = createRequestClient({ network });
  try {
    await textOf(await client.send(requestTo(url, { method: "POST", body: "{}", ...changes })));
  } finally {
    await client.close();
  }
  const request = proxy.requests.at(-1);
  if (request === undefined) throw new Error("no request arrived");
  return request;
}

describe("affinity between clients that are made afresh for each call", () => {
  it("shares __cflb with ChatGPT's hosts, its replacement too, and nothing else with nobody", async () => {
    const answers = [
      setting("__cflb=west; Path=/; Secure", "chatgpt_session=secret; Path=/"),
      setting("__cflb=central; Path=/; Secure", "chatgpt_session=secret; Path=/"),
    ];
    answer = () => answers.shift() ?? {};
    const cookies = [];
    for (const url of [mcp, mcp, mcp, "https://api.openai.com/v1/responses"])
      cookies.push((await fresh(url)).header("cookie"));
    expect(cookies).toEqual([undefined, "__cflb=west", "__cflb=central", undefined]);
  });

  it("shows the caller every Set-Cookie, one by one", async () => {
    answer = () => setting("__cflb=west", "chatgpt_session=secret");
    const response = await openClient({ network }).send(requestTo(mcp));
    expect(response.headerList.filter(([name]) => name === "set-cookie")).toEqual([
      ["set-cookie", "__cflb=west"],
      ["set-cookie", "chatgpt_session=secret"],
    ]);
    expect(affinityCookies.inspect().map(({ name }) => name)).toEqual(["__cflb"]);
  });

  it.each(["mine=1", ""])("leaves a caller's own cookie %j as it is, and learns nothing from it", async (cookie) => {
    answer = () => setting("__cflb=west; Path=/");
    await fresh(mcp);
    answer = () => ({});
    expect((await fresh(mcp, { headers: { cookie } })).headers.filter(([name]) => name === "cookie")).toEqual([
      ["cookie", cookie],
    ]);
    expect((await fresh(mcp)).header("cookie")).toBe("__cflb=west");
  });

  it("writes nothing to disk", async () => {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-affinity-"));
    const before = process.cwd();
    process.chdir(folder);
    try {
      answer = () => setting("__cflb=west; Path=/");
      await fresh(mcp);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      process.chdir(before);
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("learns from answers of any status, before their bodies are read", async () => {
    answer = () => ({ status: 503, ...setting("__cflb=west; Path=/") });
    const client = openClient({ network });
    const { body, status } = await client.send(requestTo(mcp));
    expect(status).toBe(503);
    expect((await fresh(mcp)).header("cookie")).toBe("__cflb=west");
    body.destroy();
  });

  it("is part of WebSocket handshakes too, through the same proxy", async () => {
    answer = () => setting("__cflb=west; Path=/");
    await fresh(mcp);
    answer = () => setting("__cflb=socket; Path=/");
    const socket = await openWebSocket({
      url: "wss://chatgpt.com/backend-api/codex/responses",
      headers: {},
      owner: { originator: "näme" },
      path: "responses",
      network,
    });
    socket.terminate();
    const handshake = proxy.requests.at(-1);
    expect([handshake?.header("upgrade"), handshake?.header("cookie"), handshake?.header("originator")]).toEqual([
      "websocket",
      "__cflb=west",
      "näme",
    ]);
    expect((await fresh(mcp)).header("cookie")).toBe("__cflb=socket");
  });

  it.each([
    ["a challenge", { "cf-mitigated": "challenge", "content-type": "text/html" }],
    ["a block", { server: "cloudflare", "cf-ray": "abc-XYZ", "content-type": "text/html; charset=UTF-8" }],
  ])("is dropped for the host by %s of Cloudflare, which is an error where that is wanted", async (_what, headers) => {
    answer = () => setting("__cflb=west; Path=/", "cf_clearance=stale; Path=/");
    await fresh(mcp);
    answer = () => ({ status: 403, headers: Object.entries(headers), body: "<html>Just a moment…</html>" });
    await expect(openClient({ network }).send(requestTo(mcp, { failOnCloudflare: true }))).rejects.toMatchObject({
      code: "cloudflare_refusal",
      message: expect.stringContaining("cookies kept for this host were dropped"),
    });
    answer = () => ({});
    expect((await fresh(mcp)).header("cookie")).toBeUndefined();
  });
});

describe("affinity on redirects", () => {
  const redirect = (location: string, ...cookies: readonly string[]): InterceptedAnswer => ({
    status: 307,
    headers: [["location", location], ...cookies.map((cookie) => ["set-cookie", cookie] as const)],
  });

  it("uses on the next hop what the redirect set, there and only there", async () => {
    answer = ({ host, path }) => {
      if (path === "/start") return redirect("/next", "__cflb=hop; Path=/", "session=secret; Path=/");
      return host === "chatgpt.com" ? redirect("https://example.test/end") : {};
    };
    const before = proxy.requests.length;
    await fresh("https://chatgpt.com/start", { redirect: "follow", body: "{}" });
    expect(
      proxy.requests
        .slice(before)
        .map(({ host, path, header, body }) => [host, path, header("cookie"), body.toString()]),
    ).toEqual([
      ["chatgpt.com", "/start", undefined, "{}"],
      ["chatgpt.com", "/next", "__cflb=hop", "{}"],
      ["example.test", "/end", undefined, "{}"],
    ]);
  });

  it("keeps what a redirect set that is not followed", async () => {
    answer = () => redirect("/next", "__cflb=stop; Path=/");
    await fresh("https://chatgpt.com/start");
    answer = () => ({});
    expect((await fresh(mcp)).header("cookie")).toBe("__cflb=stop");
  });

  it("joins in when a redirect leads to ChatGPT, and stays behind when it leads to plain http", async () => {
    answer = () => setting("__cflb=west; Path=/");
    await fresh(mcp);
    const before = proxy.requests.length;
    answer = ({ scheme, host }) => {
      if (host === "example.test") return redirect("https://chatgpt.com/in");
      return scheme === "https" ? redirect("http://chatgpt.com/plain") : {};
    };
    await fresh("https://example.test/", {
      redirect: "follow",
      headers: { cookie: "callers=own", authorization: "Bearer t" },
    });
    expect(
      proxy.requests
        .slice(before)
        .map(({ scheme, host, header }) => [scheme, host, header("cookie"), header("authorization")]),
    ).toEqual([
      ["https", "example.test", "callers=own", "Bearer t"],
      ["https", "chatgpt.com", "__cflb=west", undefined],
      ["http", "chatgpt.com", undefined, undefined],
    ]);
  });
});
