import type {
  ClientMethod,
  ClientRequests,
  InitializeCapabilities,
  InitializeResponse,
  ServerNotificationMethod,
  ServerNotifications,
} from "./generated/index.js";
import { Peer, type IncomingRequest, type RequestOptions } from "./peer.js";
import { RpcError, rpcCodes } from "./rpc-error.js";
import type { Transport, TransportClosed } from "./transport.js";

/** A notification of the server with the params of its method. */
export type ServerNotification = {
  [M in ServerNotificationMethod]: { readonly method: M; readonly params: ServerNotifications[M] };
}[ServerNotificationMethod];

/** What an {@link AppServerClient} does with what the server sends on its own. */
export interface AppServerClientOptions {
  readonly onNotification?: (notification: ServerNotification) => void;
  /** Answers the server's requests, such as approvals. Without it they are refused. */
  readonly onRequest?: (request: IncomingRequest) => unknown;
  readonly onClosed?: (closed: TransportClosed) => void;
}

/** The client's end of a connection to an app-server, typed by the protocol. */
export class AppServerClient {
  readonly #peer: Peer;

  /** Takes over the transport. */
  constructor(transport: Transport, { onNotification, onRequest, onClosed }: AppServerClientOptions = {}) {
    this.#peer = new Peer({
      transport,
      onRequest: onRequest ?? refuse,
      onNotification: (method, params) => {
        // oxlint-disable-next-line no-unsafe-type-assertion -- the server is trusted to send what the protocol says
        onNotification?.({ method, params } as ServerNotification);
        return true;
      },
      ...(onClosed === undefined ? {} : { onClosed }),
    });
  }

  /**
   * Sends a request and waits for its result.
   *
   * @throws as {@link Peer.request} does.
   */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]["params"],
    options?: RequestOptions,
  ): Promise<ClientRequests[M]["result"]> {
    // oxlint-disable-next-line no-unsafe-type-assertion -- as above: the method decides the type of the answer
    return (await this.#peer.request(method, params, options)) as ClientRequests[M]["result"];
  }

  /** Introduces the client; the first thing to do on a connection. */
  async initialize(
    clientInfo: ClientRequests["initialize"]["params"]["clientInfo"],
    capabilities: Partial<InitializeCapabilities> = {},
  ): Promise<InitializeResponse> {
    const result = await this.request("initialize", {
      clientInfo,
      capabilities: { ...noCapabilities, ...capabilities },
    });
    this.#peer.notify("initialized");
    return result;
  }

  /** Ends the connection. */
  close(): void {
    this.#peer.close();
  }
}

const noCapabilities: InitializeCapabilities = { experimentalApi: false, requestAttestation: false };

function refuse({ method }: IncomingRequest): never {
  throw new RpcError(rpcCodes.methodNotFound, `${method} is not supported by this client`);
}
