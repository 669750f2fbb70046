import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { SwitchboardError, messageOf, type Transport } from "@switchboard/protocol";
import { WebSocketTransport } from "@switchboard/protocol/transports";
import type { WebSocket } from "ws";

import { affinityCookies } from "./cookies/cookie-store.js";
import { encodeHeaderValue } from "./encode-header-value.js";
import { firstHop, headersOf, recordOf } from "./first-hop.js";
import { addressOf, isSocks, proxyFor, type NetworkOptions } from "./network.js";
import type { HeaderList, Headers, OnOutbound, OutboundRequest } from "./outbound.js";
import { withinTime } from "./within-time.js";

export type { RawData, WebSocket } from "ws";

/** One WebSocket that leaves the process. */
export interface OutboundWebSocket extends Pick<OutboundRequest, "headers" | "owner" | "path" | "attribution"> {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly network?: NetworkOptions;
  /** Takes the record of the handshake, and its end when the socket is open or refused. */
  readonly onRequest?: OnOutbound;
  /** Largest message that is accepted, in bytes. Default: 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Longest handshake in milliseconds, with the way through a proxy. Default: 30 seconds. */
  readonly handshakeTimeoutMs?: number;
  /** Gives up the handshake; later it does nothing. */
  readonly signal?: AbortSignal;
}

/** What a server said instead of opening a WebSocket. */
export interface RefusedHandshake {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Headers;
  /** The beginning of the body. */
  readonly body: string;
}

/** A WebSocket that could not be opened; its code is `websocket_refused`. */
export class WebSocketRefusedError extends SwitchboardError {
  /** Undefined when the server did not answer, or could not be reached. */
  readonly answer: RefusedHandshake | undefined;

  constructor(message: string, answer?: RefusedHandshake, cause?: unknown) {
    super({ code: "websocket_refused", message, isRetryable: true, cause });
    this.name = "WebSocketRefusedError";
    this.answer = answer;
  }
}

/** Most bytes of a refusal's body that are read. */
const maxRefusalBytes = 16 * 1024;

/**
 * Opens a WebSocket through the same proxies, certificates and affinity cookies as requests go. Its headers
 * are those of its owner when it is opened, for good: never reuse it for another.
 *
 * @throws {@link WebSocketRefusedError}, or {@link SwitchboardError} `invalid_request`; the signal's reason when
 *   it aborted.
 */
export function openWebSocket(request: OutboundWebSocket): Promise<WebSocket> {
  return open(request, (socket) => socket);
}

/**
 * {@link openWebSocket} for whoever must not miss the first message: `make` takes the socket over as it opens.
 *
 * @throws as {@link openWebSocket} does.
 */
export function openWebSocketAs<T>(request: OutboundWebSocket, make: (socket: WebSocket) => T): Promise<T> {
  return open(request, make);
}

/**
 * {@link openWebSocket} for a server that speaks our protocol's messages: a transport for a peer, which owns it.
 *
 * @throws as {@link openWebSocket} does.
 */
export function openWebSocketTransport(request: OutboundWebSocket): Promise<Transport> {
  return open(request, (socket, stream) => new WebSocketTransport({ kind: "websocket", socket, stream }));
}

/** What is made of the socket is made at once when it opens, so that no message comes before. */
async function open<T>(request: OutboundWebSocket, make: MakeOf<T>): Promise<T> {
  const { onRequest, handshakeTimeoutMs = 30_000, signal } = request;
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
  const late = () => refused(request.url, `no answer within ${handshakeTimeoutMs} ms`);
  try {
    const made = await withinTime({ limitMs: handshakeTimeoutMs, late, signal }, (ending) =>
      handshake(request, hop.url, headers, make, ending),
    );
    onEnd?.({ status: 101, receivedBytes: 0, failure: undefined });
    return made;
  } catch (error) {
    const failure = error instanceof SwitchboardError ? error.code : "given_up";
    const status = error instanceof WebSocketRefusedError ? error.answer?.status : undefined;
    onEnd?.({ status, receivedBytes: 0, failure });
    throw error;
  }
}

type MakeOf<T> = (socket: WebSocket, stream: Duplex) => T;

function refused(url: string, why: string, answer?: RefusedHandshake, cause?: unknown): WebSocketRefusedError {
  return new WebSocketRefusedError(`cannot open a WebSocket to ${new URL(url).origin}: ${why}`, answer, cause);
}

/** `ending` gives the handshake up, with all its connections, for its reason. */
async function handshake<T>(
  { url, network = {}, maxMessageBytes = 64 * 1024 * 1024, signal }: OutboundWebSocket,
  target: URL,
  headers: HeaderList,
  make: MakeOf<T>,
  ending: AbortSignal,
): Promise<T> {
  const [{ WebSocket: Client }, { connectTo }] = await Promise.all([import("ws"), import("./dispatcher.js")]);
  ending.throwIfAborted();
  const tunnel = await openTunnel(network, target, ending);
  if (ending.aborted) {
    tunnel?.destroy();
    throw ending.reason;
  }
  return new Promise((resolve, reject) => {
    const socket = new Client(url, {
      headers: Object.fromEntries(headers.map(([name, value]) => [name, encodeHeaderValue(value)])),
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      createConnection: () => connectTo(target, network, tunnel),
    });
    /** Rejects with the server's refusal, as far as it has come. */
    let tellRefusal: (() => void) | undefined;
    // The library's own limit does nothing for a connection that is made for it.
    const end = () => {
      // Whoever gave up wants no answer any more; whoever was only late has one.
      if (tellRefusal === undefined || signal?.aborted === true) reject(ending.reason);
      else tellRefusal();
      socket.terminate();
    };
    ending.addEventListener("abort", end, { once: true });
    socket.once("error", (error) => reject(refused(url, messageOf(error), undefined, error)));
    socket.once("upgrade", ({ headers: answer, socket: stream }) => {
      affinityCookies.store(target, answer["set-cookie"] ?? []);
      socket.once("open", () => {
        ending.removeEventListener("abort", end);
        resolve(make(socket, stream));
      });
    });
    socket.once("unexpected-response", (_request, answer) => {
      const { statusCode: status = 0, headers: refusal } = answer;
      affinityCookies.store(target, refusal["set-cookie"] ?? []);
      const parts: Buffer[] = [];
      let bytes = 0;
      const tell = () => {
        const body = Buffer.concat(parts).subarray(0, maxRefusalBytes).toString("utf8");
        reject(refused(url, `status ${status}`, { status, headers: joined(refusal), body }));
        socket.terminate();
      };
      tellRefusal = tell;
      answer.on("data", (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes >= maxRefusalBytes) tell();
      });
      answer.once("error", tell);
      answer.once("close", tell);
    });
  });
}

function joined(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

function asHttpUrl(url: string): string {
  return url.replace(/^ws(s?):/i, "http$1:");
}

/** A connection through the proxy to the server, or undefined for the direct way. */
async function openTunnel(network: NetworkOptions, url: URL, ending: AbortSignal): Promise<Socket | undefined> {
  try {
    const proxy = proxyFor(network, url);
    if (proxy === undefined) return undefined;
    if (isSocks(proxy)) return await (await import("./socks.js")).connectThroughSocks(proxy, addressOf(url), ending);
    return await (await import("./http-tunnel.js")).openHttpTunnel(proxy, addressOf(url), network, ending);
  } catch (error) {
    ending.throwIfAborted();
    throw new WebSocketRefusedError(`the proxy does not lead to ${url.origin}: ${messageOf(error)}`, undefined, error);
  }
}
