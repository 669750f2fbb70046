import type { ClientMethod, ClientRequests, IncomingRequest } from "@switchboard/protocol";

import type { JsonTable } from "../config/json.js";
import type { Connection } from "./connection.js";
import type { Server } from "./server.js";

/** What a handler knows besides its params. */
export interface Context {
  readonly request: IncomingRequest;
  /** The connection that sent the request; it has an identity, except in `initialize`. */
  readonly connection: Connection;
  readonly server: Server;
}

/** Results that hold a user's configuration as it stands, which no type of ours describes. */
interface OpenResults {
  "config/read": Omit<ClientRequests["config/read"]["result"], "config"> & { readonly config: JsonTable };
}

/** What the answer to a method holds. */
export type Result<M extends ClientMethod> = M extends keyof OpenResults ? OpenResults[M] : ClientRequests[M]["result"];

/**
 * Answers one method. It runs in the identity scope of its connection. Throw an `RpcError` to refuse;
 * anything else that is thrown is an internal error.
 */
export type Handler<M extends ClientMethod> = (
  params: ClientRequests[M]["params"],
  context: Context,
) => Result<M> | Promise<Result<M>>;
