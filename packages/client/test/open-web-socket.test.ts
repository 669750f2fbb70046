import { TLSSocket } from "node:tls";

import { makeCertificates } from "@switchboard/simulator";
import { beforeAll, describe, expect, it } from "vitest";

import { openWebSocket, type OutboundEnd, type OutboundWebSocket } from "../src/index.js";
import { startHttpsServer, startProxy, startTcpServer } from "./support/servers.js";
import { until } from "./support/until.js";

// What the first of all handshakes loads must not use up its limit.
beforeAll(() => Promise.all([import("ws"), import("../src/dispatcher.js")]));

function socketTo(origin: string, changes: Partial<OutboundWebSocket> = {}): OutboundWebSocket {
  return { url: origin.replace("http", "ws"), headers: {}, owner: {}, path: "mcp-http", ...changes };
}

describe("a refusal whose body does not end", () => {
  /** A server that refuses and keeps the connection open. */
  async function refusing() {
    let open = 0;
    let answered = false;
    const origin = await startTcpServer((socket) => {
      open += 1;
      socket.once("close", () => (open -= 1));
      const head = ["HTTP/1.1 426 Upgrade Required", "content-length: 100", "x-why: http"].join("\r\n");
      socket.once("data", () => socket.write(`${head}\r\n\r\nbusy`, () => (answered = true)));
    });
    return { origin, hasAnswered: () => answered, isFree: () => open === 0 };
  }

  it("is told as far as it came when the time is over", async () => {
    const { origin, isFree } = await refusing();
    const ends: OutboundEnd[] = [];
    const onRequest = () => (end: OutboundEnd) => void ends.push(end);
    await expect(openWebSocket(socketTo(origin, { handshakeTimeoutMs: 1_000, onRequest }))).rejects.toMatchObject({
      code: "websocket_refused",
      message: `cannot open a WebSocket to ${origin.replace("http", "ws")}: status 426`,
      answer: { status: 426, headers: { "x-why": "http" }, body: "busy" },
    });
    expect(ends).toEqual([{ status: 426, receivedBytes: 0, failure: "websocket_refused" }]);
    await until(isFree);
  });

  it("is nothing to whoever gave up", async () => {
    const { origin, hasAnswered, isFree } = await refusing();
    const controller = new AbortController();
    const opened = openWebSocket(socketTo(origin, { signal: controller.signal }));
    await until(hasAnswered);
    // What was written is read before the loop has turned round.
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    controller.abort("enough");
    await expect(opened).rejects.toBe("enough");
    await until(isFree);
  });
});

describe("a secure WebSocket", () => {
  it("names the host in TLS, and no address, which is no name; the certificate must be for either", async () => {
    const [forAddress, forName] = [await makeCertificates(["127.0.0.1"]), await makeCertificates(["localhost"])];
    const names: unknown[] = [];
    const [address, named] = await Promise.all(
      [forAddress, forName].map((certificates) =>
        startHttpsServer(certificates, ({ socket }, response) => {
          names.push(socket instanceof TLSSocket ? socket.servername : undefined);
          response.writeHead(401).end();
        }),
      ),
    );
    const atName = (named ?? "").replace("127.0.0.1", "localhost");
    const proxy = await startProxy();
    const extraCertificates = `${forAddress.authority}\n${forName.authority}`;
    for (const network of [{ extraCertificates }, { extraCertificates, httpsProxy: proxy.url }]) {
      const open = (origin = "") => openWebSocket(socketTo(origin, { network }));
      await expect(open(address)).rejects.toMatchObject({ answer: { status: 401 } });
      await expect(open(atName)).rejects.toMatchObject({ answer: { status: 401 } });
      await expect(open(named)).rejects.toMatchObject({
        answer: undefined,
        message: expect.stringMatching(/altnames/),
      });
    }
    expect(names).toEqual([false, "localhost", false, "localhost"]);
    expect(proxy.targets).toHaveLength(3);
  });
});
