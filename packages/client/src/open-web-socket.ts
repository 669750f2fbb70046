import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

import { SwitchboardError, messageOf } from "@switchboard/protocol";
import type { WebSocket } from "ws";

import { affinityCookies } from "./cookies/cookie-store.js";
import { encodeHeaderValue } from "./encode-header-value.js";
import { firstHop, headersOf, recordOf } from "./first-hop.js";
import { isSocks, proxyFor, type NetworkOptions } from "./network.js";
import type { HeaderList, OnOutbound, OutboundRequest } from "./outbound.js";

/** One WebSocket that leaves the process. */
export interface OutboundWebSocket extends Pick<OutboundRequest, "headers" | "owner" | "path" | "attribution"> {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly network?: NetworkOptions;
  /** Takes the record of the handshake, and its end when the socket is open or refused. */
  readonly onRequest?: OnOutbound;
  /** Largest message that is accepted, in bytes. Default: 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Gives up the handshake; later it does nothing. */
  readonly signal?: AbortSignal;
}

/** Longest handshake, in milliseconds. */
const handshakeTimeoutMs = 30_000;

/**
 * Opens a WebSocket through the same proxies, certificates and affinity cookies as requests go. Its headers
 * are those of its owner when it is opened, for good: never reuse it for another.
 *
 * @throws {@link SwitchboardError} `websocket_refused`, with the status when the server answered with one, or
 *   `invalid_request`; the signal's reason when it aborted.
 */
export async function openWebSocket(request: OutboundWebSocket): Promise<WebSocket> {
  const { network = {}, onRequest, signal } = request;
  const hop = firstHop({
    ...request,
    method: "GET",
    url: asHttpUrl(request.url),
    headersTimeoutMs: 0,
    bodyTimeoutMs: 0,
  });
  const headers = headersOf({ ...request, method: "GET", headersTimeoutMs: 0, bodyTimeoutMs: 0 }, hop);
  signal?.throwIfAborted();
  const onEnd = onRequest?.(recordOf(request, hop, headers));
  try {
    const socket = await handshake(request, hop.url, headers, await openTunnel(network, hop.url));
    onEnd?.({ status: 101, receivedBytes: 0, failure: undefined });
    return socket;
  } catch (error) {
    const failure = error instanceof SwitchboardError ? error.code : "given_up";
    onEnd?.({ status: undefined, receivedBytes: 0, failure });
    throw error;
  }
}

async function handshake(
  { url, network = {}, maxMessageBytes = 64 * 1024 * 1024, signal }: OutboundWebSocket,
  target: URL,
  headers: HeaderList,
  tunnel: Socket | undefined,
): Promise<WebSocket> {
  const [{ WebSocket: Client }, { trust }] = await Promise.all([import("ws"), import("./dispatcher.js")]);
  const tls = trust(network);
  return new Promise((resolve, reject) => {
    const socket = new Client(url, {
      headers: Object.fromEntries(headers.map(([name, value]) => [name, encodeHeaderValue(value)])),
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      ...tls,
      createConnection: () => connectTo(target, tunnel, tls),
    });
    const refuse = (why: string, cause?: unknown) =>
      reject(
        signal?.aborted === true
          ? signal.reason
          : new SwitchboardError({
              code: "websocket_refused",
              message: `cannot open a WebSocket to ${target.origin}: ${why}`,
              isRetryable: true,
              cause,
            }),
      );
    const abort = () => socket.terminate();
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", (error) => refuse(messageOf(error), error));
    socket.once("upgrade", ({ headers: answer }) => affinityCookies.store(target, answer["set-cookie"] ?? []));
    socket.once("unexpected-response", (sent, { statusCode, headers: answer }) => {
      affinityCookies.store(target, answer["set-cookie"] ?? []);
      sent.destroy();
      refuse(`status ${statusCode}`);
    });
    socket.once("open", () => {
      signal?.removeEventListener("abort", abort);
      resolve(socket);
    });
  });
}

function asHttpUrl(url: string): string {
  return url.replace(/^ws(s?):/i, "http$1:");
}

/** A connection through the proxy to the server, or undefined for the direct way. */
async function openTunnel(network: NetworkOptions, url: URL): Promise<Socket | undefined> {
  const proxy = proxyFor(network, url);
  if (proxy === undefined) return undefined;
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  try {
    if (isSocks(proxy)) return await (await import("./socks.js")).connectThroughSocks(proxy, url.hostname, port);
    return await (await import("./http-tunnel.js")).openHttpTunnel(proxy, url.hostname, port, network);
  } catch (error) {
    throw new SwitchboardError({
      code: "websocket_refused",
      message: `the proxy does not lead to ${url.origin}: ${messageOf(error)}`,
      isRetryable: true,
      cause: error,
    });
  }
}

function connectTo(url: URL, tunnel: Socket | undefined, tls: { readonly ca?: string[] }): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isSecure = url.protocol === "https:";
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  if (!isSecure) return tunnel ?? connectTcp({ host, port });
  // Without ALPN a server may choose HTTP/2, which has no such upgrade.
  const options = { ...tls, servername: host, ALPNProtocols: ["http/1.1"] };
  return tunnel === undefined ? connectTls({ ...options, host, port }) : connectTls({ ...options, socket: tunnel });
}
