import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { makeCertificates } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { fetchThrough, openWebSocket } from "../src/index.js";
import { openClient, requestTo, textOf } from "./support/client.js";
import { startHttpServer, startHttpsServer, startProxy } from "./support/servers.js";

describe("bodies", () => {
  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("come as they were sent, and decoded from %s where that was asked for", async (encoding, compress) => {
    const packed = compress(Buffer.from("hello ".repeat(1000)));
    const asked: unknown[] = [];
    const origin = await startHttpServer((request, response) => {
      asked.push(request.headers["accept-encoding"]);
      response.writeHead(200, { "content-encoding": encoding }).end(packed);
    });
    const client = openClient();
    const plain = await client.send(requestTo(origin));
    const parts: Buffer[] = [];
    for await (const part of plain.body) parts.push(Buffer.from(part));
    expect(Buffer.concat(parts)).toEqual(packed);
    expect(await textOf(await client.send(requestTo(origin, { decompress: true })))).toBe("hello ".repeat(1000));
    expect(asked).toEqual([undefined, "gzip, deflate, br"]);
  });

  it("fail over the limit, after decoding", async () => {
    const origin = await startHttpServer((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000)));
    });
    const client = openClient();
    await expect(
      textOf(await client.send(requestTo(origin, { decompress: true, maxBodyBytes: 999_999 }))),
    ).rejects.toMatchObject({ code: "body_too_large" });
    expect(
      await textOf(await client.send(requestTo(origin, { decompress: true, maxBodyBytes: 1_000_000 }))),
    ).toHaveLength(1_000_000);
  });

  it("that are streams are read no faster than they are sent, and arrive whole", async () => {
    let received = 0;
    let resume: () => void = () => undefined;
    const origin = await startHttpServer((request, response) => {
      resume = () => {
        request.on("data", (part: Buffer) => (received += part.length));
        request.on("end", () => response.end("ok"));
        request.resume();
      };
      request.pause();
    });
    let produced = 0;
    async function* body() {
      for (; produced < 64 * 1024 * 1024; produced += 64 * 1024) yield Buffer.alloc(64 * 1024);
    }
    const sent = openClient().send(requestTo(origin, { method: "POST", body: body() }));
    // The producer stands still long before the end, because nobody takes what it made.
    let before = -1;
    await expect
      .poll(() => [before, (before = produced)])
      .toSatisfy(([last, now]: number[]) => last === now && now !== undefined && now > 0);
    expect(produced).toBeLessThan(32 * 1024 * 1024);
    resume();
    expect(await textOf(await sent)).toBe("ok");
    expect(received).toBe(64 * 1024 * 1024);
  });

  it("of answers that nobody reads hold the server back", async () => {
    let written = 0;
    const origin = await startHttpServer((_request, response) => {
      const more = () => {
        while (written < 64 * 1024 * 1024) {
          written += 64 * 1024;
          if (!response.write(Buffer.alloc(64 * 1024))) return;
        }
        response.end();
      };
      response.on("drain", more);
      more();
    });
    const { body } = await openClient().send(requestTo(origin));
    let before = -1;
    await expect.poll(() => [before, (before = written)]).toSatisfy(([last, now]: number[]) => last === now);
    expect(written).toBeLessThan(32 * 1024 * 1024);
    let bytes = 0;
    for await (const part of body) bytes += part.length;
    expect(bytes).toBe(64 * 1024 * 1024);
  });

  it("destroyed unread do not end the process", async () => {
    const origin = await startHttpServer((_request, response) => response.write("never the end"));
    const { body } = await openClient().send(requestTo(origin));
    const closed = new Promise((resolve) => body.once("close", resolve));
    body.destroy();
    await closed;
    expect(body.destroyed).toBe(true);
  });
});

describe("headers of an answer", () => {
  const answering = (headers: readonly (readonly [string, string])[]) =>
    startHttpServer((_request, response) => response.writeHead(200, headers.flat()).end());

  it("may be 60 cookies or one of 60 kB", async () => {
    const many = await answering(Array.from({ length: 60 }, (_, index) => ["set-cookie", `c${index}=v`]));
    const large = await answering([["set-cookie", `c=${"x".repeat(60_000)}`]]);
    const client = openClient();
    expect((await client.send(requestTo(many))).headerList.filter(([name]) => name === "set-cookie")).toHaveLength(60);
    expect((await client.send(requestTo(large))).headers["set-cookie"]).toHaveLength(60_002);
  });

  it("may not be 300", async () => {
    const origin = await answering(Array.from({ length: 300 }, (_, index) => ["set-cookie", `c${index}=v`]));
    await expect(openClient().send(requestTo(origin))).rejects.toMatchObject({ code: "too_many_headers" });
  });

  it("keep their order, their repetitions and their UTF-8", async () => {
    const origin = await answering([
      ["x-b", "1"],
      ["x-a", "2"],
      ["x-b", "3"],
      ["x-name", Buffer.from("näme").toString("latin1")],
    ]);
    const { headers, headerList } = await openClient().send(requestTo(origin));
    expect(headerList.filter(([name]) => name.startsWith("x-"))).toEqual([
      ["x-b", "1"],
      ["x-a", "2"],
      ["x-b", "3"],
      ["x-name", "näme"],
    ]);
    expect(headers["x-b"]).toBe("1, 3");
  });
});

describe("requests of any kind", () => {
  it("keep the method's case, repeat headers, and turn the user part of a URL into credentials", async () => {
    const seen: unknown[] = [];
    const origin = await startHttpServer((request, response) => {
      seen.push([
        request.method,
        request.rawHeaders.filter((_, index, all) => all[index - 1] === "x-a"),
        request.headers.authorization,
        request.url,
      ]);
      response.end();
    });
    const url = origin.replace("http://", "http://user:p%40ss@");
    await textOf(
      await openClient().send(
        requestTo(`${url}/a/../b#frag`, {
          method: "PATCH",
          headers: [
            ["x-a", "1"],
            ["x-a", "2"],
          ],
        }),
      ),
    );
    expect(seen).toEqual([["PATCH", ["1", "2"], `Basic ${Buffer.from("user:p@ss").toString("base64")}`, "/b"]]);
  });

  it("take a stray percent sign in the user part as it is", async () => {
    const origin = await startHttpServer((request, response) => response.end(request.headers.authorization));
    const response = await openClient().send(requestTo(origin.replace("http://", "http://us%er:x@")));
    expect(await textOf(response)).toBe(`Basic ${Buffer.from("us%er:x").toString("base64")}`);
  });

  it.each([
    [{ method: "BAD METHOD" }, 'not an HTTP method: "BAD METHOD"'],
    [{ headers: { "bad name": "v" } }, 'not a header name: "bad name"'],
    [{ headers: { "x-a": "secret\r\nx-b: injected" } }, "the value of the header x-a is not legal"],
  ])("are refused when they are not legal: %j, without telling a value", async (changes, message) => {
    await expect(openClient().send(requestTo("http://127.0.0.1:9/", changes))).rejects.toMatchObject({
      code: "invalid_request",
      message,
    });
  });
});

/** A SOCKS5 server that asks for a user and a password, and notes where it was asked to go. */
async function startSocks(): Promise<{ url: string; targets: string[] }> {
  const targets: string[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    socket.on("error", () => undefined);
    const read = async (): Promise<Buffer> => (await once(socket, "data"))[0];
    await read();
    socket.write(Buffer.from([5, 2]));
    const credentials = await read();
    const userEnd = 2 + (credentials[1] ?? 0);
    const user = credentials.subarray(2, userEnd).toString();
    const password = credentials.subarray(userEnd + 1).toString();
    socket.write(Buffer.from([1, user === "user" && password === "pass" ? 0 : 1]));
    const request = await read();
    const isName = request[3] === 3;
    const host = isName ? request.subarray(5, 5 + (request[4] ?? 0)).toString() : [...request.subarray(4, 8)].join(".");
    const port = request.readUInt16BE(request.length - 2);
    targets.push(`${host}:${port}`);
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
  };
  const server = createServer((socket) => {
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `socks5://user:pass@127.0.0.1:${address.port}`, targets };
}

describe("the way out", () => {
  it("may be a SOCKS proxy, which resolves the names", async () => {
    const origin = await startHttpServer((_request, response) => response.end("through"));
    const socks = await startSocks();
    const client = openClient({ network: { allProxy: socks.url } });
    const url = origin.replace("127.0.0.1", "name.invalid");
    expect(await textOf(await client.send(requestTo(url)))).toBe("through");
    expect(socks.targets).toEqual([url.replace("http://", "")]);
  });

  it("may be a SOCKS proxy for what is secure, whose certificate is the server's", async () => {
    const [right, wrong] = [await makeCertificates(["127.0.0.1"]), await makeCertificates(["localhost"])];
    const socks = await startSocks();
    const network = { allProxy: socks.url, extraCertificates: `${right.authority}\n${wrong.authority}` };
    const client = openClient({ network });
    const origin = await startHttpsServer(right, (_request, response) => response.end("through"));
    expect(await textOf(await client.send(requestTo(origin)))).toBe("through");
    const stranger = await startHttpsServer(wrong, (_request, response) => response.end("through"));
    await expect(client.send(requestTo(stranger))).rejects.toThrow("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it.each([
    ["127.0.0.1", true],
    ["*", true],
    ["10.0.0.0/8, 127.0.0.0/8", true],
    ["localhost, .example.com", false],
    ["127.0.0.1:1", false],
  ])("with NO_PROXY=%s is direct: %s", async (noProxy, direct) => {
    const origin = await startHttpServer((_request, response) => response.end());
    const proxy = await startProxy();
    await textOf(await openClient({ network: { allProxy: proxy.url, noProxy } }).send(requestTo(origin)));
    expect(proxy.targets).toHaveLength(direct ? 0 : 1);
  });

  it("of a WebSocket is the same, and a refusal says its status", async () => {
    const origin = await startHttpServer((_request, response) => response.writeHead(401).end());
    const url = `${origin.replace("http:", "ws:")}/socket`;
    const [proxy, socks] = [await startProxy(), await startSocks()];
    for (const network of [{}, { httpProxy: proxy.url }, { allProxy: socks.url }]) {
      await expect(openWebSocket({ url, headers: {}, owner: {}, path: "mcp-http", network })).rejects.toMatchObject({
        code: "websocket_refused",
        message: expect.stringContaining("status 401"),
      });
    }
    expect([proxy.targets.length, socks.targets.length]).toEqual([1, 1]);
  });
});

const nobody = () => ({ connection: undefined, client: undefined, originator: undefined });

describe("fetchThrough", () => {
  it("is a fetch whose requests go through the client", async () => {
    const seen: unknown[] = [];
    const origin = await startHttpServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        seen.push([
          request.method,
          request.headers["x-a"],
          request.headers.originator,
          request.headers["user-agent"],
          Buffer.concat(parts).toString(),
        ]);
        response
          .writeHead(request.method === "DELETE" ? 204 : 200, { "x-answer": "yes" })
          .end(request.method === "DELETE" ? undefined : '{"ok":true}');
      });
    });
    const send = fetchThrough(openClient(), {
      owner: { originator: "o", "user-agent": "o/1" },
      path: "mcp-http",
      attribution: nobody,
    });
    const answer = await send(new URL(origin), { method: "POST", body: '{"a":1}', headers: { "X-A": "1" } });
    expect([answer.status, answer.headers.get("x-answer"), await answer.json()]).toEqual([200, "yes", { ok: true }]);
    expect((await send(origin, { method: "DELETE" })).status).toBe(204);
    expect(seen).toEqual([
      ["POST", "1", undefined, undefined, '{"a":1}'],
      ["DELETE", undefined, undefined, undefined, ""],
    ]);
  });

  it("hands over a stream piece by piece, and ends it with its signal", async () => {
    const origin = await startHttpServer((_request, response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n"),
    );
    const controller = new AbortController();
    const answer = await fetchThrough(openClient(), { owner: {}, path: "mcp-http", attribution: nobody })(origin, {
      signal: controller.signal,
    });
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("data: 1\n\n");
    controller.abort(new Error("enough"));
    await expect(reader?.read()).rejects.toThrow(/./);
  });
});
