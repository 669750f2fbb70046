import type { IncomingMessage } from "node:http";

import { describe, expect, it } from "vitest";

import type { OutboundRecord, OutboundRequest } from "../src/index.js";
import { openClient, requestTo, textOf } from "./support/client.js";
import { startHttpServer } from "./support/servers.js";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that answers each path as told, and notes what it was asked. */
async function site(
  answers: Readonly<Record<string, { status: number; location?: string }>>,
): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const origin = await startHttpServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      seen.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      });
      const { status, location } = answers[request.url ?? ""] ?? { status: 200 };
      response.writeHead(status, location === undefined ? {} : { location }).end(`at ${request.url}`);
    });
  });
  return { origin, seen };
}

const post: Partial<OutboundRequest> = {
  method: "POST",
  body: "data",
  redirect: "follow",
  headers: { "content-type": "text/plain", "x-own": "1" },
};

describe("a redirect", () => {
  it.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "POST", "GET", ""],
    [307, "POST", "POST", "data"],
    [308, "POST", "POST", "data"],
    [301, "PUT", "PUT", "data"],
    [303, "PUT", "GET", ""],
  ])("%i turns %s into %s with the body %j", async (status, method, then, body) => {
    const { origin, seen } = await site({ "/": { status, location: "/next" } });
    const response = await openClient().send(requestTo(`${origin}/`, { ...post, method }));
    expect([response.status, response.url, await textOf(response)]).toEqual([200, `${origin}/next`, "at /next"]);
    const last = seen.at(-1);
    expect([last?.method, last?.body, last?.headers["content-type"], last?.headers["x-own"]]).toEqual([
      then,
      body,
      body === "" ? undefined : "text/plain",
      "1",
    ]);
  });

  it("is given back when it is not to be followed, names no place or a broken one, or is none", async () => {
    const { origin, seen } = await site({
      "/": { status: 302, location: "/next" },
      "/nowhere": { status: 302 },
      "/broken": { status: 302, location: "http://" },
      "/not": { status: 304, location: "/next" },
    });
    const client = openClient();
    expect((await client.send(requestTo(`${origin}/`))).status).toBe(302);
    expect((await client.send(requestTo(`${origin}/nowhere`, { redirect: "follow" }))).status).toBe(302);
    expect((await client.send(requestTo(`${origin}/not`, { redirect: "follow" }))).status).toBe(304);
    expect((await client.send(requestTo(`${origin}/broken`, { redirect: "follow" }))).status).toBe(302);
    expect(seen).toHaveLength(4);
  });

  it("tells where it came from: all of the URL at home, the origin to strangers", async () => {
    const stranger = await site({});
    const { origin, seen } = await site({
      "/a?q=1": { status: 307, location: "/b" },
      "/b": { status: 307, location: `${stranger.origin}/c` },
    });
    await textOf(await openClient().send(requestTo(`${origin}/a?q=1#fragment`, { redirect: "follow" })));
    expect(seen.map(({ headers }) => headers.referer)).toEqual([undefined, `${origin}/a?q=1`]);
    expect(stranger.seen[0]?.headers.referer).toBe(`${origin}/`);
  });

  it("takes no secret, and nothing of the owner, to another origin", async () => {
    const stranger = await site({});
    const { origin, seen } = await site({
      "/": { status: 307, location: "/b" },
      "/b": { status: 307, location: `${stranger.origin}/c` },
    });
    const headers = { authorization: "Bearer t", cookie: "c=1", "proxy-authorization": "Basic x", "x-own": "1" };
    const owner = { originator: "codex_vscode", "user-agent": "codex_vscode/0.169.0" };
    await textOf(await openClient().send(requestTo(`${origin}/`, { redirect: "follow", headers, owner })));
    expect(seen[1]?.headers).toMatchObject({ ...headers, ...owner });
    const arrived = stranger.seen[0]?.headers ?? {};
    expect(arrived["x-own"]).toBe("1");
    for (const name of [...Object.keys(owner), "authorization", "cookie", "proxy-authorization"])
      expect(arrived[name]).toBeUndefined();
  });

  it("that left home takes nothing of the owner any further, not even back", async () => {
    const answers: Record<string, { status: number; location?: string }> = {};
    const stranger = await site(answers);
    const home = await site({ "/": { status: 307, location: `${stranger.origin}/a` } });
    answers["/a"] = { status: 307, location: "/b" };
    answers["/b"] = { status: 307, location: `${home.origin}/back` };
    const owner = { originator: "codex_vscode", "user-agent": "codex_vscode/0.169.0" };
    const attribution = { connection: 1, client: "codex_vscode", originator: "codex_vscode" };
    const records: OutboundRecord[] = [];
    const client = openClient({ onRequest: (record) => void records.push(record) });
    await textOf(await client.send(requestTo(`${home.origin}/`, { redirect: "follow", owner, attribution })));
    const arrived = [...home.seen.slice(0, 1), ...stranger.seen, ...home.seen.slice(1)];
    expect(arrived.map(({ url, headers }) => [url, headers.originator, headers["user-agent"]])).toEqual([
      ["/", owner.originator, owner["user-agent"]],
      ["/a", undefined, undefined],
      ["/b", undefined, undefined],
      ["/back", undefined, undefined],
    ]);
    expect(records.map((record) => [record.attribution?.originator, record.originator, record.userAgent])).toEqual([
      [owner.originator, owner.originator, owner["user-agent"]],
      ...Array.from({ length: 3 }, () => [undefined, undefined, undefined]),
    ]);
  });

  it("is followed ten times and not eleven", async () => {
    const { origin, seen } = await site({ "/": { status: 302, location: "/" } });
    await expect(openClient().send(requestTo(`${origin}/`, { redirect: "follow" }))).rejects.toMatchObject({
      code: "too_many_redirects",
    });
    expect(seen).toHaveLength(11);
  });

  it.each([["ftp://x/", "redirect target uses unsupported URL scheme: ftp"]])(
    "to %s is refused",
    async (location, message) => {
      const { origin } = await site({ "/": { status: 302, location } });
      await expect(openClient().send(requestTo(`${origin}/`, { redirect: "follow" }))).rejects.toMatchObject({
        code: "unsupported_redirect",
        message,
      });
    },
  );

  it("cannot repeat a body that was a stream", async () => {
    const { origin } = await site({ "/": { status: 307, location: "/b" }, "/get": { status: 303, location: "/b" } });
    async function* body() {
      yield Buffer.from("da");
      yield Buffer.from("ta");
    }
    await expect(openClient().send(requestTo(`${origin}/`, { ...post, body: body() }))).rejects.toMatchObject({
      code: "body_not_replayable",
    });
    expect((await openClient().send(requestTo(`${origin}/get`, { ...post, body: body() }))).status).toBe(200);
  });
});
