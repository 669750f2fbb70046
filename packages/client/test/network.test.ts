import { beforeAll, describe, expect, it, vi, afterEach } from "vitest";

import { makeCertificates, type Certificates } from "@switchboard/simulator";
import { openWebSocket, type OutboundEnd } from "../src/index.js";
import { attempt } from "./support/attempt.js";
import { openClient, requestTo, textOf } from "./support/client.js";
import { refusingOrigin, startHttpServer, startHttpsServer, startProxy } from "./support/servers.js";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates(["127.0.0.1"]);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const greeting = "Hello from the origin";

function startOrigin(): Promise<string> {
  return startHttpServer((_, response) => response.end(greeting));
}

function startSecureOrigin(): Promise<string> {
  return startHttpsServer(certificates, (_, response) => response.end(greeting));
}

const hostOf = (origin: string): string => new URL(origin).host;

describe("a proxy", () => {
  it("takes the requests of its scheme", async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    const client = openClient({ network: { httpProxy: proxy.url } });
    expect(await textOf(await client.send(requestTo(`${origin}/any`)))).toBe(greeting);
    expect(proxy.targets).toEqual([hostOf(origin)]);
  });

  it("tunnels https, so that it sees nothing of the request", async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const client = openClient({ network: { httpsProxy: proxy.url, extraCertificates: certificates.authority } });
    const request = requestTo(`${origin}/any`, {
      headers: { authorization: "Bearer hidden" },
      owner: { originator: "client_a" },
    });
    expect(await textOf(await client.send(request))).toBe(greeting);
    expect(proxy.targets).toEqual([hostOf(origin)]);
    expect(proxy.seenHeaders.join("\n")).not.toMatch(/hidden|client_a/);
  });

  it("for http is not used for https", async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const network = { httpProxy: proxy.url, extraCertificates: certificates.authority };
    expect(await textOf(await openClient({ network }).send(requestTo(origin)))).toBe(greeting);
    expect(proxy.targets).toEqual([]);
  });

  it("for https is not used for http", async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    const client = openClient({ network: { httpsProxy: proxy.url } });
    expect(await textOf(await client.send(requestTo(origin)))).toBe(greeting);
    expect(proxy.targets).toEqual([]);
  });

  it("can differ between the schemes", async () => {
    const [plain, secure] = [await startOrigin(), await startSecureOrigin()];
    const [httpProxy, httpsProxy] = [await startProxy(), await startProxy()];
    const client = openClient({
      network: { httpProxy: httpProxy.url, httpsProxy: httpsProxy.url, extraCertificates: certificates.authority },
    });
    await textOf(await client.send(requestTo(plain)));
    await textOf(await client.send(requestTo(secure)));
    expect(httpProxy.targets).toEqual([hostOf(plain)]);
    expect(httpsProxy.targets).toEqual([hostOf(secure)]);
  });

  it.each([
    ["the host", "127.0.0.1"],
    ["the host among others", "example.com, 127.0.0.1 ,other.example"],
    ["everything", "*"],
  ])("is not used for hosts that noProxy excepts by %s", async (_, noProxy) => {
    const [plain, secure, proxy] = [await startOrigin(), await startSecureOrigin(), await startProxy()];
    const network = { httpProxy: proxy.url, httpsProxy: proxy.url, noProxy, extraCertificates: certificates.authority };
    const client = openClient({ network });
    expect(await textOf(await client.send(requestTo(plain)))).toBe(greeting);
    expect(await textOf(await client.send(requestTo(secure)))).toBe(greeting);
    expect(proxy.targets).toEqual([]);
  });

  it("is used for hosts that noProxy does not name", async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    const network = { httpProxy: proxy.url, noProxy: "example.com,10.127.0.0.1" };
    await textOf(await openClient({ network }).send(requestTo(origin)));
    expect(proxy.targets).toEqual([hostOf(origin)]);
  });

  it("that is down is a host that cannot be reached", async () => {
    const client = openClient({ network: { httpProxy: await refusingOrigin() } });
    await expect(client.send(requestTo(await startOrigin()))).rejects.toMatchObject({ code: "connect_failed" });
  });

  it("may be named without a scheme", async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    for (const httpProxy of [
      hostOf(proxy.url),
      `localhost:${new URL(proxy.url).port}`,
      `user:p@ss@${hostOf(proxy.url)}`,
    ])
      expect(await textOf(await openClient({ network: { httpProxy } }).send(requestTo(origin)))).toBe(greeting);
    expect(proxy.targets).toEqual([hostOf(origin), hostOf(origin), hostOf(origin)]);
  });

  it("gets the user and the password of its URL, in which a stray percent sign means itself", async () => {
    const [plain, secure, proxy] = [await startOrigin(), await startSecureOrigin(), await startProxy()];
    const url = proxy.url.replace("http://", "http://us%65r:100%@");
    const network = { httpProxy: url, httpsProxy: url, extraCertificates: certificates.authority };
    const client = openClient({ network });
    expect(await textOf(await client.send(requestTo(plain)))).toBe(greeting);
    expect(await textOf(await client.send(requestTo(secure)))).toBe(greeting);
    const socket = { url: plain.replace("http", "ws"), headers: {}, owner: {}, path: "mcp-http", network } as const;
    await expect(openWebSocket(socket)).rejects.toMatchObject({ answer: { status: 200 } });
    const expected = `Basic ${Buffer.from("user:100%").toString("base64")}`;
    const names = proxy.seenHeaders.map((each) => each.toLowerCase());
    const sent = proxy.seenHeaders.filter((_, index) => names[index - 1] === "proxy-authorization");
    expect(sent).toEqual([expected, expected, expected]);
  });

  it.each(["not a url", "ftp://user:secret@proxy:21", "http://user:secret@", "http://user:sec/ret@proxy", "socks5://"])(
    "that is %j is an error that names the setting and not its value, and ends the record",
    async (httpProxy) => {
      const origin = await startOrigin();
      const ends: OutboundEnd[] = [];
      const onRequest = () => (end: OutboundEnd) => void ends.push(end);
      const client = openClient({ network: { httpProxy }, onRequest });
      const message = "the proxy httpProxy (HTTP_PROXY) is not a URL of";
      await expect(client.send(requestTo(origin))).rejects.toMatchObject({
        code: "invalid_proxy",
        message: expect.stringContaining(message),
      });
      const error: unknown = await openWebSocket({
        url: origin.replace("http", "ws"),
        headers: {},
        owner: {},
        path: "mcp-http",
        network: { allProxy: httpProxy },
        onRequest,
      }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "websocket_refused", message: expect.stringContaining("(ALL_PROXY)") });
      expect(String(error)).not.toMatch(/sec|ret@|not a url/);
      const end = { status: undefined, receivedBytes: 0 };
      expect(ends).toEqual([
        { ...end, failure: "invalid_proxy" },
        { ...end, failure: "websocket_refused" },
      ]);
      expect((await attempt(origin, { client })).error).toMatchObject({ code: "refused", isRetryable: false });
      const excepted = openClient({ network: { httpProxy, noProxy: "127.0.0.1" } });
      expect(await textOf(await excepted.send(requestTo(origin)))).toBe(greeting);
    },
  );

  it("lets an abort through to the origin", async () => {
    const proxy = await startProxy();
    let arrived: () => void = () => undefined;
    const atOrigin = new Promise<void>((resolve) => (arrived = resolve));
    let closed: () => void = () => undefined;
    const atClose = new Promise<void>((resolve) => (closed = resolve));
    const origin = await startHttpServer((request) => {
      request.socket.once("close", closed);
      arrived();
    });
    const controller = new AbortController();
    const client = openClient({ network: { httpProxy: proxy.url } });
    const sent = client.send(requestTo(origin, { signal: controller.signal }));
    await atOrigin;
    controller.abort("over");
    await expect(sent).rejects.toBe("over");
    await atClose;
  });
});

describe("the process environment", () => {
  const variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

  it("names no proxy", async () => {
    const [plain, secure, proxy] = [await startOrigin(), await startSecureOrigin(), await startProxy()];
    for (const name of variables) vi.stubEnv(name, proxy.url);
    for (const network of [{}, { httpProxy: "", httpsProxy: "" }, { httpProxy: undefined }]) {
      const client = openClient({ network: { ...network, extraCertificates: certificates.authority } });
      expect(await textOf(await client.send(requestTo(plain)))).toBe(greeting);
      expect(await textOf(await client.send(requestTo(secure)))).toBe(greeting);
    }
    expect(proxy.targets).toEqual([]);
  });

  it("names no proxy for the scheme that has none, beside one that has", async () => {
    const [secure, proxy, other] = [await startSecureOrigin(), await startProxy(), await startProxy()];
    for (const name of variables) vi.stubEnv(name, other.url);
    const network = { httpProxy: proxy.url, extraCertificates: certificates.authority };
    expect(await textOf(await openClient({ network }).send(requestTo(secure)))).toBe(greeting);
    expect([proxy.targets, other.targets]).toEqual([[], []]);
  });

  it("does not replace a proxy that was named", async () => {
    const [plain, secure] = [await startOrigin(), await startSecureOrigin()];
    const [proxy, other] = [await startProxy(), await startProxy()];
    for (const name of variables) vi.stubEnv(name, other.url);
    const client = openClient({
      network: { httpProxy: proxy.url, httpsProxy: proxy.url, extraCertificates: certificates.authority },
    });
    await textOf(await client.send(requestTo(plain)));
    await textOf(await client.send(requestTo(secure)));
    expect([proxy.targets, other.targets]).toEqual([[hostOf(plain), hostOf(secure)], []]);
  });

  it("makes no exceptions from a proxy", async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "*");
    await textOf(await openClient({ network: { httpProxy: proxy.url } }).send(requestTo(origin)));
    expect(proxy.targets).toEqual([hostOf(origin)]);
  });
});

describe("extra certificates", () => {
  it("are needed for a server that a private authority signed", async () => {
    const origin = await startSecureOrigin();
    await expect(openClient().send(requestTo(origin))).rejects.toMatchObject({
      code: "connection_lost",
      message: `error sending request to ${origin}: UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
    });
    const client = openClient({ network: { extraCertificates: certificates.authority } });
    expect(await textOf(await client.send(requestTo(origin)))).toBe(greeting);
  });

  it("may be several in one text", async () => {
    const { authority: stranger } = await makeCertificates(["127.0.0.1"]);
    const origin = await startSecureOrigin();
    const client = openClient({ network: { extraCertificates: `${stranger}\n${certificates.authority}` } });
    expect(await textOf(await client.send(requestTo(origin)))).toBe(greeting);
  });

  it("of another authority do not help", async () => {
    const { authority: stranger } = await makeCertificates(["127.0.0.1"]);
    const origin = await startSecureOrigin();
    const client = openClient({ network: { extraCertificates: stranger } });
    await expect(client.send(requestTo(origin))).rejects.toMatchObject({ code: "connection_lost" });
  });

  it("are needed behind a proxy too", async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const client = openClient({ network: { httpsProxy: proxy.url } });
    await expect(client.send(requestTo(origin))).rejects.toMatchObject({ code: "connection_lost" });
  });
});
