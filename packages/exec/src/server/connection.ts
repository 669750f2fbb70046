import type { RequestClient } from "@switchboard/client";
import { invalidRequest, Peer, RpcError, rpcCodes, type IncomingRequest, type Transport } from "@switchboard/protocol";

import type { EnvironmentInfo } from "../environment/environment-info.js";
import { MissingPaths } from "../files/missing-paths.js";
import { OpenFiles } from "../files/open-files.js";
import type { Environment } from "../processes/index.js";
import { HttpRequests } from "../http/index.js";
import { httpRequest, methods, type Context, type Method } from "./methods.js";
import { initializeParams } from "./params.js";
import type { Session, Sessions } from "./sessions.js";
import { WorkQueue } from "./work-queue.js";

/** What connections share. */
export interface ConnectionOptions {
  readonly sessions: Sessions;
  readonly environment: Environment;
  readonly info: EnvironmentInfo;
  readonly requestClient: RequestClient;
  /** Requests of one connection that may be in work at once; undefined: one, beside any number of `http/request`. */
  readonly concurrentRequests: number | undefined;
  readonly onIncident: (text: string, cause?: unknown) => void;
  readonly onClosed: (connection: Connection) => void;
}

/** The reference breaks the connection over what a client must never send. */
const strict = {
  malformed: "reply",
  binary: "parse",
  unknownNotification: "terminate",
  strayReply: "terminate",
} as const;

/** One client on one link: its handshake, and what it holds until the link ends. Its session may live on. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #peer: Peer;
  readonly #queue: WorkQueue;
  readonly #files = new OpenFiles();
  readonly #missing: MissingPaths;
  readonly #http: HttpRequests;
  #session: Session | undefined;
  /** The client has sent `initialized`. */
  #isReady = false;

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.concurrentRequests ?? 1);
    this.#missing = new MissingPaths((watchId) => void this.#notify("fs/missingChanged", { watchId }));
    this.#http = new HttpRequests({
      client: options.requestClient,
      environment: options.environment,
      onBodyDelta: (delta) => this.#notify("http/request/bodyDelta", delta),
    });
    this.#peer = new Peer({
      transport,
      onRequest: (request) => this.#answer(request),
      onNotification: (method) => this.#take(method),
      onIncident: options.onIncident,
      onClosed: () => this.#end(),
      irregular: strict,
    });
  }

  /** Resolves when every request that is in work now has been answered. */
  whenAnswered(): Promise<void> {
    return this.#peer.whenAnswered();
  }

  /** Ends the link after what is already queued. */
  close(code: number, reason: string): void {
    this.#peer.close(code, reason);
  }

  #answer(request: IncomingRequest): unknown {
    const task = () => this.#run(request);
    const overtakes = request.method === httpRequest && this.#options.concurrentRequests === undefined;
    return overtakes ? task() : this.#queue.run(task);
  }

  #run(request: IncomingRequest): unknown {
    const { method, params } = request;
    if (method === "initialize") return this.#initialize(params);
    const found = methods.get(method);
    if (found === undefined) {
      // The reference's words, "stub" and "yet" among them.
      throw new RpcError(rpcCodes.methodNotFound, `exec-server stub does not implement \`${method}\` yet`);
    }
    const answer = found.prepare(params);
    return answer(this.#contextFor(found, request));
  }

  #initialize(params: unknown): { readonly sessionId: string; readonly environmentInfo: EnvironmentInfo } {
    const { resumeSessionId } = initializeParams(params);
    if (this.#session !== undefined) throw invalidRequest("initialize may only be sent once per connection");
    const { sessions, info } = this.#options;
    this.#session =
      resumeSessionId === undefined ? sessions.open(this.#notify) : sessions.resume(resumeSessionId, this.#notify);
    return { sessionId: this.#session.id, environmentInfo: info };
  }

  #contextFor({ family }: Method, request: IncomingRequest): Context {
    if (this.#session === undefined) throw invalidRequest(`client must call initialize before using ${family} methods`);
    if (!this.#isReady) throw invalidRequest(`client must send initialized before using ${family} methods`);
    return {
      environment: this.#options.info,
      processes: this.#session.processes,
      files: this.#files,
      missing: this.#missing,
      http: this.#http,
      request,
    };
  }

  /** `initialized` before `initialize` is as unknown as any other notification. */
  #take(method: string): boolean {
    if (method !== "initialized" || this.#session === undefined) return false;
    this.#isReady = true;
    return true;
  }

  readonly #notify = (method: string, params: object): void | Promise<void> => {
    this.#peer.notify(method, params);
    return this.#peer.whenWritable();
  };

  #end(): void {
    this.#queue.close();
    this.#http.close();
    this.#missing.close();
    void this.#files.closeAll();
    if (this.#session !== undefined) this.#options.sessions.detach(this.#session);
    this.#options.onClosed(this);
  }
}
