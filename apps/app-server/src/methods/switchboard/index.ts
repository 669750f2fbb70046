import { invalidRequest, type IncomingRequest } from "@switchboard/protocol";

import type { Server } from "../../server/server.js";
import { listConnections } from "./connections-list.js";
import { readLedger } from "./ledger-read.js";

/** Answers a method of our own; params are as they came. @throws RpcError */
type OwnHandler = (params: unknown, server: Server) => unknown;

/** The methods that the protocol of the reference does not have. All begin with `switchboard/`. */
const handlers: ReadonlyMap<string, OwnHandler> = new Map<string, OwnHandler>([
  ["switchboard/connections/list", listConnections],
  ["switchboard/ledger/read", readLedger],
]);

/** Whether a method is one of our own, or would be. */
export function isOwnMethod(method: string): boolean {
  return method.startsWith("switchboard/");
}

/** Answers a method of our own. @throws RpcError for one that there is not */
export function answerOwn({ method, params }: IncomingRequest, server: Server): unknown {
  const handler = handlers.get(method);
  if (handler === undefined) throw invalidRequest(`Invalid request: unknown variant \`${method}\``);
  return handler(params, server);
}
