import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { playReply } from "./play-reply.js";
import { RecordedRequest } from "./recorded-request.js";
import { httpError } from "./replies/http-error.js";
import type { CompiledReply, Reply } from "./reply.js";
import { RequestLog, type RequestPredicate, type WaitOptions } from "./request-log.js";
import { RealtimeEndpoint, type RealtimeOptions, type RealtimeRecord } from "./realtime/realtime-endpoint.js";
import { compileReply, DEFAULT_MODEL } from "./respond.js";
import { scriptFunction, type Script } from "./script.js";
import { ResponseSockets } from "./websocket/response-sockets.js";

/** What a simulator is started with. */
export interface SimulatorOptions {
  /** Answers `POST …/responses` and each `response.create` on a WebSocket. */
  readonly script: Script;
  /** What refuses a WebSocket on `GET …/responses`; undefined lets it open. Default: all open. */
  readonly handshake?: (request: RecordedRequest) => Reply | undefined;
  /**
   * Answers a `response.create` with `generate: false`, by which a client gets a WebSocket ready. Default: a
   * response without output. None of these is answered by the script, or among the {@link Simulator.requests}.
   */
  readonly prewarm?: (request: RecordedRequest) => Reply;
  /** Plays a realtime model; without options one that needs no script. */
  readonly realtime?: RealtimeOptions;
  /** Answers anything else, by `"METHOD /path"` (query ignored), e.g. `"GET /v1/models"`. The rest gets 404. */
  readonly routes?: Readonly<Record<string, Script>>;
  /** How many requests to remember; the oldest are dropped. Default: all. A benchmark wants few. */
  readonly keepRequests?: number;
  /** Port on loopback. Default 0: any free one. */
  readonly port?: number;
}

/** A running stand-in model. */
export interface Simulator extends AsyncDisposable {
  /** Base URL for a model provider, `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, answered or not, in order of arrival (bodies complete). */
  readonly requests: readonly RecordedRequest[];
  /** The handshakes of WebSockets so far, refused or not; none of them is among {@link requests}. */
  readonly handshakes: readonly RecordedRequest[];
  /** What came on WebSockets with `generate: false` so far. */
  readonly prewarms: readonly RecordedRequest[];
  /** Realtime conversations; nothing of them is among the other records. */
  readonly realtime: RealtimeRecord;
  /** How many WebSockets are open or being opened. */
  readonly openSockets: number;
  /** Cuts all WebSockets. */
  readonly cutSockets: () => void;
  /** How many requests ever arrived. */
  readonly requestCount: number;
  /**
   * A number waits until that many requests have arrived and gives the last of them; a predicate gives
   * the first match, past or future. Rejects after a while and when the simulator closes.
   */
  readonly waitForRequest: (wanted: RequestPredicate | number, options?: WaitOptions) => Promise<RecordedRequest>;
  /** Replaces the script; requests already being answered are not affected. */
  readonly use: (script: Script) => void;
  /** Closes listener, connections and timers. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a Responses API server on loopback that answers from a script and records what it was asked.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator({
 *   script: [[reasoning({ summary: "Hm" }), functionCall({ name: "shell", arguments: {} })], text("Done")],
 * });
 * ```
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const kept = options.keepRequests ?? Number.POSITIVE_INFINITY;
  const log = new RequestLog(kept);
  const routes = new Map(Object.entries(options.routes ?? {}).map(([route, each]) => [route, scriptFunction(each)]));
  const connections = new WeakMap<Duplex, number>();
  const handshakes: RecordedRequest[] = [];
  const prewarms: RecordedRequest[] = [];
  const realtime = new RealtimeEndpoint(options.realtime ?? {});
  let script = scriptFunction(options.script);
  let connectionCount = 0;

  const keep = (list: RecordedRequest[], request: RecordedRequest): void => {
    list.push(request);
    if (list.length > kept) list.shift();
  };

  const answerTo = (request: RecordedRequest): Reply | Promise<Reply> => {
    const [pathname = ""] = request.path.split("?", 1);
    const route = routes.get(`${request.method} ${pathname}`);
    if (route !== undefined) return route(request);
    if (RealtimeEndpoint.takes(request.method, request.path)) return realtime.answerCall(request);
    if (request.method === "POST" && pathname.endsWith("/responses")) return script(request);
    return httpError(404);
  };

  const compile = (reply: Reply, request: RecordedRequest): CompiledReply =>
    compileReply(reply, () => {
      const model = request.at("model");
      return typeof model === "string" ? model : DEFAULT_MODEL;
    });

  const play = (reply: Reply, request: RecordedRequest, response: ServerResponse): void => {
    playReply(compile(reply, request), response, () => request.settle("sent", now()));
  };

  const sockets = new ResponseSockets({
    onHandshake: (incoming, socket) => {
      const request = new RecordedRequest(incoming, {
        index: handshakes.length,
        connectionIndex: connections.get(socket) ?? -1,
        arrivedAt: now(),
        bodyBytes: Buffer.alloc(0),
      });
      keep(handshakes, request);
      if (!/\/responses(\?|$)/.test(request.path)) return httpError(404);
      const refusal = options.handshake?.(request);
      return refusal === undefined ? undefined : compile(refusal, request);
    },
    onRequest: (incoming, socket, bodyBytes) => {
      const request = new RecordedRequest(incoming, {
        index: log.count,
        connectionIndex: connections.get(socket) ?? -1,
        arrivedAt: now(),
        bodyBytes,
        transport: "websocket",
      });
      const isPrewarm = request.at("generate") === false;
      if (isPrewarm) keep(prewarms, request);
      else log.add(request);
      const reply = (async () => {
        try {
          const answered = isPrewarm ? (options.prewarm?.(request) ?? []) : script(request);
          return compile(await answered, request);
        } catch (error) {
          return httpError(400, { body: { error: { message: `The simulator's script failed: ${String(error)}` } } });
        }
      })();
      return { request, reply };
    },
    now,
  });

  const answer = async (request: RecordedRequest, response: ServerResponse): Promise<void> => {
    try {
      const reply = answerTo(request);
      // Without this test every reply would wait for a microtask more.
      play(reply instanceof Promise ? await reply : reply, request, response);
    } catch (error) {
      const message = `The simulator's script failed: ${String(error)}`;
      if (!response.headersSent) play(httpError(400, { body: { error: { message } } }), request, response);
      else response.destroy();
    }
  };

  const isRealtimeCall = ({ method, path }: RecordedRequest) =>
    method === "POST" && RealtimeEndpoint.takes(method, path);

  const acceptRealtime = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const request = new RecordedRequest(incoming, {
      index: realtime.handshakes.length,
      connectionIndex: connections.get(socket) ?? -1,
      arrivedAt: now(),
      bodyBytes: Buffer.alloc(0),
    });
    realtime.accept(request, incoming, socket, head, (reply) => compile(reply, request));
  };

  const receive = (incoming: IncomingMessage, response: ServerResponse): void => {
    const arrivedAt = now();
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = new RecordedRequest(incoming, {
        index: log.count,
        connectionIndex: connections.get(incoming.socket) ?? -1,
        arrivedAt,
        bodyBytes: Buffer.concat(chunks),
      });
      response.once("close", () => request.settle("aborted", now()));
      if (!isRealtimeCall(request)) log.add(request);
      void answer(request, response);
    });
  };

  // No time limits: a scripted silence may last as long as a test wants.
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, receive);
  server.on("upgrade", (incoming, socket, head) => {
    if (RealtimeEndpoint.takes("GET", incoming.url ?? "")) acceptRealtime(incoming, socket, head);
    else sockets.accept(incoming, socket, head);
  });
  server.on("connection", (socket) => {
    connections.set(socket, connectionCount);
    connectionCount += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulator has no port");
  const { port } = address;

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      sockets.close();
      realtime.close();
      log.close();
    });
    return closing;
  };
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests: log.requests,
    handshakes,
    prewarms,
    realtime,
    get openSockets() {
      return sockets.openCount + realtime.openCount;
    },
    cutSockets: () => {
      sockets.cut();
      realtime.cut();
    },
    get requestCount() {
      return log.count;
    },
    waitForRequest: (wanted, waitOptions) => log.waitFor(wanted, waitOptions),
    use: (next) => {
      script = scriptFunction(next);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One clock for all processes of a machine, finer than `Date.now()`. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
