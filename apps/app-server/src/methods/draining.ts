import { RpcError, rpcCodes } from "@switchboard/protocol";

import type { Server } from "../server/server.js";

/** @throws RpcError for new work while the server waits for running turns to end. */
export function refuseWhileDraining(server: Server): void {
  if (!server.isDraining) return;
  throw new RpcError(rpcCodes.invalidRequest, "Server is draining; retry after reconnecting", {
    reason: "serverShuttingDown",
  });
}
