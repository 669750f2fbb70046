import { runWithIdentity, type ClientIdentity } from "@switchboard/login";
import {
  decoderIfLoaded,
  experimentalUse,
  invalidRequest,
  loadDecoder,
  registry,
  RpcError,
  rpcCodes,
  unknownMethodMessage,
  type ClientMethod,
  type Decoder,
  type IncomingRequest,
} from "@switchboard/protocol";

import { handlers, isImplemented, type Handlers, type ImplementedMethod } from "../methods/index.js";
import { answerOwn, isOwnMethod } from "../methods/switchboard/index.js";
import type { Connection } from "./connection.js";
import type { Server } from "./server.js";

type Params<M extends ClientMethod> = Parameters<Handlers[M & ImplementedMethod]>[0];

/**
 * Routes the requests of one connection, in the order they came: decode, then the gates, then the
 * handler in the connection's identity scope.
 */
export class Dispatcher {
  readonly #server: Server;
  readonly #connection: Connection;
  /** Settles when the validators that the oldest waiting request needs are loaded. */
  #loading: Promise<void> | undefined;

  constructor(server: Server, connection: Connection) {
    this.#server = server;
    this.#connection = connection;
  }

  /** Answers a request; see {@link PeerOptions.onRequest}. */
  dispatch(request: IncomingRequest): unknown {
    const { telemetry } = this.#server.records;
    if (telemetry === undefined) return this.#answer(request);
    return telemetry.ofRequest(request, this.#connection, () => this.#answer(request));
  }

  #answer(request: IncomingRequest): unknown {
    const { method } = request;
    this.#connection.counts.requests += 1;
    if (isOwnMethod(method)) {
      this.#requireInitialized();
      return answerOwn(request, this.#server);
    }
    const definition = registry.clientRequests.get(method);
    if (definition === undefined) throw invalidRequest(`Invalid request: ${unknownMethodMessage(method)}`);
    if (!isImplemented(method)) {
      this.#requireInitialized();
      this.#requireCapability(method, undefined);
      throw new RpcError(rpcCodes.methodNotFound, `${method} is not supported by this server yet`);
    }
    return this.#route(method, request);
  }

  #route(method: ImplementedMethod, request: IncomingRequest): unknown {
    const decoder = decoderIfLoaded(method);
    if (decoder !== undefined && this.#loading === undefined) return this.#handle(method, decoder, request);
    // A request must not overtake an earlier one whose validators are still being loaded.
    const turn = (this.#loading ?? Promise.resolve()).then(() => loadDecoder(method));
    const settled = turn.then(ignore, ignore);
    this.#loading = settled;
    void settled.then(() => {
      if (this.#loading === settled) this.#loading = undefined;
    });
    return turn.then((loaded) => this.#handle(method, loaded, request));
  }

  #handle<M extends ImplementedMethod>(method: M, decoder: Decoder<Params<M>>, request: IncomingRequest): unknown {
    const decoded = decoder(request.params);
    if (!decoded.ok) throw invalidRequest(`Invalid request: ${decoded.message}`);
    const context = { request, connection: this.#connection, server: this.#server };
    const handler: Handlers[M] = handlers[method];
    if (method === "initialize") return handler(decoded.value, context);
    const identity = this.#requireInitialized();
    this.#requireCapability(method, decoded.value);
    return runWithIdentity(identity, () => handler(decoded.value, context));
  }

  #requireCapability(method: string, params: unknown): void {
    if (this.#connection.experimentalApi) return;
    const reason = experimentalUse(method, params);
    if (reason !== undefined) throw invalidRequest(`${reason} requires experimentalApi capability`);
  }

  #requireInitialized(): ClientIdentity {
    const { identity } = this.#connection;
    if (identity === undefined) throw invalidRequest("Not initialized");
    return identity;
  }
}

const ignore = (): void => undefined;
