import {
  isJsonObject,
  openWebSocketTransport,
  type Attribution,
  type JsonObject,
  type OutboundWebSocket,
} from "@switchboard/client";
import { messageOf, Peer, RpcError, rpcCodes } from "@switchboard/protocol";
import type { FetchLike } from "@modelcontextprotocol/client";

import { unlessAborted } from "../unless-aborted.js";
import { McpError } from "./mcp-error.js";
import { maxMessageBytes } from "./stdio-transport.js";

/** The way of one MCP session's HTTP requests through an exec-server. */
export interface RemoteFetch {
  readonly fetch: FetchLike;
  /** Ends the connection, and with it all requests: the exec-server has no other way to cancel one. */
  close(): void;
}

/** How an exec-server is reached. */
export interface ExecServerLink extends Pick<OutboundWebSocket, "network" | "onRequest"> {
  /** `ws://HOST:PORT`. */
  readonly url: string;
}

/**
 * Requests that leave from an exec-server, over a connection that is opened with the first of them. A bearer
 * token is named by the variable that holds it there; its value never comes here.
 */
export function remoteFetch(
  link: ExecServerLink,
  bearerTokenEnvVar: string | undefined,
  attribution: () => Attribution,
): RemoteFetch {
  const bodies = new Map<string, BodyStream>();
  const closing = new AbortController();
  let peer: Promise<Peer> | undefined;
  let requests = 0;
  const opened = () =>
    (peer ??= open(link, attribution(), bodies, closing.signal).catch((error: unknown) => {
      // The next request may find it there.
      peer = undefined;
      throw error;
    }));
  return {
    fetch: async (target, init = {}) => {
      const signal = init.signal ?? closing.signal;
      const execServer = await unlessAborted(opened(), signal);
      if (closing.signal.aborted) throw closed();
      const requestId = `http-${(requests += 1)}`;
      const body = new BodyStream(() => bodies.delete(requestId));
      bodies.set(requestId, body);
      try {
        const result = await execServer.request(
          "http/request",
          {
            method: init.method ?? "GET",
            url: String(target),
            headers: headersOf(init, bearerTokenEnvVar),
            bodyBase64: await bodyOf(init),
            redirectPolicy: "stop",
            requestId,
            streamResponse: true,
          },
          { signal },
        );
        return asResponse(result, body, signal);
      } catch (error) {
        bodies.delete(requestId);
        throw error;
      }
    },
    close: () => {
      closing.abort(closed());
      void peer?.then((execServer) => execServer.close()).catch(() => undefined);
    },
  };
}

async function open(
  link: ExecServerLink,
  attribution: Attribution,
  bodies: ReadonlyMap<string, BodyStream>,
  signal: AbortSignal,
): Promise<Peer> {
  const peer = new Peer({
    transport: await openWebSocketTransport({
      ...link,
      path: "exec-server",
      headers: {},
      owner: {},
      attribution,
      signal,
    }),
    onRequest: ({ method }) => {
      throw new RpcError(rpcCodes.methodNotFound, `${method} is not for clients`);
    },
    onNotification: (method, params) => {
      if (method !== "http/request/bodyDelta" || !isJsonObject(params)) return false;
      const { requestId } = params;
      // The body of a request that was given up is nobody's.
      if (typeof requestId === "string") bodies.get(requestId)?.take(params);
      return true;
    },
    onClosed: () => {
      for (const body of bodies.values()) body.fail("the connection to the exec-server is closed");
    },
  });
  try {
    await peer.request("initialize", { clientName: "switchboard" }, { signal });
  } catch (error) {
    peer.close();
    throw new McpError("mcp_startup_failed", `the exec-server refuses us: ${messageOf(error)}`, error);
  }
  peer.notify("initialized");
  return peer;
}

/** The body of one answer as it comes in deltas. It cannot slow the sender, so what waits is limited. */
class BodyStream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #onEnd: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #unlisten = (): void => undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 2 * maxMessageBytes }),
    );
  }

  /** Fails the body when the signal aborts before its end. */
  endWith(signal: AbortSignal): void {
    const fail = (): void => this.fail("the request was aborted");
    signal.addEventListener("abort", fail, { once: true });
    // The signal may live as long as a session does, through many bodies.
    this.#unlisten = () => signal.removeEventListener("abort", fail);
    if (this.#controller === undefined) this.#unlisten();
    else if (signal.aborted) fail();
  }

  take({ deltaBase64, done, error }: JsonObject): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if (typeof error === "string") return this.fail(error);
    if (typeof deltaBase64 === "string" && deltaBase64 !== "") controller.enqueue(Buffer.from(deltaBase64, "base64"));
    if ((controller.desiredSize ?? 0) < 0) return this.fail("the answer comes faster than it is read");
    if (done === true) {
      this.#end();
      controller.close();
    }
  }

  fail(reason: string): void {
    const controller = this.#controller;
    this.#end();
    controller?.error(new Error(reason));
  }

  #end(): void {
    this.#controller = undefined;
    this.#unlisten();
    this.#onEnd();
  }
}

function headersOf(init: RequestInit, bearerTokenEnvVar: string | undefined): JsonObject[] {
  const headers: JsonObject[] = [...new Headers(init.headers)].map(([name, value]) => ({ name, value }));
  if (bearerTokenEnvVar !== undefined)
    headers.push({ name: "authorization", value: "Bearer ", valueEnvVar: bearerTokenEnvVar });
  return headers;
}

async function bodyOf({ body }: RequestInit): Promise<string | null> {
  if (body === undefined || body === null) return null;
  return Buffer.from(await new Response(body).arrayBuffer()).toString("base64");
}

function closed(): McpError {
  return new McpError("mcp_closed", "Transport closed");
}

function asResponse(result: unknown, body: BodyStream, signal: AbortSignal): Response {
  if (!isJsonObject(result) || typeof result["status"] !== "number" || !Array.isArray(result["headers"]))
    throw new McpError("mcp_unexpected_answer", "the exec-server's answer makes no sense");
  const { status } = result;
  const headers = new Headers();
  for (const header of result["headers"]) {
    if (isJsonObject(header) && typeof header["name"] === "string" && typeof header["value"] === "string")
      headers.append(header["name"], header["value"]);
  }
  body.endWith(signal);
  const hasBody = ![101, 204, 205, 304].includes(status);
  if (!hasBody) void body.stream.cancel();
  return new Response(hasBody ? body.stream : null, { status, headers });
}
