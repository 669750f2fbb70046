import type { Socket } from "node:net";

import { beforeAll, describe, expect, it } from "vitest";

import { openWebSocket, type NetworkOptions, type OutboundEnd } from "../src/index.js";
import { openClient, requestTo } from "./support/client.js";
import { startTcpServer } from "./support/servers.js";
import { until } from "./support/until.js";

// What the first of all handshakes loads must not use up its limit.
beforeAll(() => Promise.all([import("ws"), import("../src/dispatcher.js"), import("../src/http-tunnel.js")]));

/** A proxy that answers nothing, or opens a tunnel that leads nowhere. */
async function deadProxy(scheme: "http" | "socks5", opensTunnel: boolean) {
  const open = new Set<Socket>();
  let isStuck = false;
  const url = await startTcpServer((socket) => {
    open.add(socket.once("close", () => open.delete(socket)));
    let turn = 0;
    const answers =
      scheme === "http"
        ? ["HTTP/1.1 200 Connection established\r\n\r\n"]
        : [Buffer.from([5, 0]), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])];
    socket.on("data", (asked: Buffer) => {
      // A plain request needs no tunnel.
      const answer = opensTunnel && !asked.toString("latin1").startsWith("GET") ? answers[turn++] : undefined;
      if (answer === undefined) isStuck = true;
      else socket.write(answer);
    });
  });
  const network: NetworkOptions = { allProxy: url.replace("http:", `${scheme}:`) };
  return { network, isStuck: () => isStuck, isFree: () => open.size === 0 };
}

const ways = [
  ["http", false, "ws"],
  ["http", true, "ws"],
  ["http", true, "wss"],
  ["socks5", false, "ws"],
  ["socks5", true, "ws"],
  ["socks5", true, "wss"],
] as const;

describe.each(ways)("a proxy (%s) that goes silent, after a tunnel: %s, for %s", (scheme, opensTunnel, kind) => {
  const url = `${kind}://name.invalid/socket`;

  it("does not outlast the limit of a WebSocket's handshake", async () => {
    const { network, isStuck, isFree } = await deadProxy(scheme, opensTunnel);
    const ends: OutboundEnd[] = [];
    const request = { url, headers: {}, owner: {}, path: "mcp-http", network, handshakeTimeoutMs: 200 } as const;
    await expect(openWebSocket({ ...request, onRequest: () => (end) => ends.push(end) })).rejects.toMatchObject({
      code: "websocket_refused",
      message: `cannot open a WebSocket to ${kind}://name.invalid: no answer within 200 ms`,
      answer: undefined,
    });
    expect(ends).toEqual([{ status: undefined, receivedBytes: 0, failure: "websocket_refused" }]);
    expect(isStuck()).toBe(true);
    await until(isFree);
  });

  it("does not outlast the abort of a WebSocket", async () => {
    const { network, isStuck, isFree } = await deadProxy(scheme, opensTunnel);
    const controller = new AbortController();
    const opened = openWebSocket({
      url,
      headers: {},
      owner: {},
      path: "mcp-http",
      network,
      signal: controller.signal,
    });
    await until(isStuck);
    controller.abort("enough");
    await expect(opened).rejects.toBe("enough");
    await until(isFree);
  });

  it("does not outlast the abort of a request, nor its client", async () => {
    const { network, isStuck, isFree } = await deadProxy(scheme, opensTunnel);
    const controller = new AbortController();
    const ends: OutboundEnd[] = [];
    const client = openClient({ network, onRequest: () => (end) => ends.push(end) });
    const sent = client.send(requestTo(url.replace("ws", "http"), { signal: controller.signal }));
    await until(isStuck);
    controller.abort("enough");
    await expect(sent).rejects.toBe("enough");
    expect(ends).toEqual([{ status: undefined, receivedBytes: 0, failure: "given_up" }]);
    await client.close();
    // A tunnel of the library's own is closed by its own limit.
    if (scheme !== "http") await until(isFree);
  });
});
