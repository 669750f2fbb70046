import { hostname } from "node:os";

import { createClientIdentity, userAgent } from "@switchboard/login";
import { invalidRequest, SwitchboardError } from "@switchboard/protocol";

import type { Connection } from "../../server/connection.js";
import type { Handler } from "../../server/context.js";
import type { Server } from "../../server/server.js";

/** `initialize`: the client introduces itself. The answer's User-Agent is this connection's own. */
export const initialize: Handler<"initialize"> = ({ clientInfo, capabilities }, { request, connection, server }) => {
  if (connection.identity !== undefined) throw invalidRequest("Already initialized");
  const identity = identify(clientInfo, connection, server);
  connection.initialize(identity, capabilities);
  server.records.analytics?.introduced(identity, connection.transport, connection.experimentalApi);
  request.afterReply(() => void greet(connection, server));
  return {
    userAgent: userAgent(identity),
    codexHome: server.options.codexHome,
    platformFamily: process.platform === "win32" ? "windows" : "unix",
    platformOs: platformNames[process.platform] ?? process.platform,
  };
};

const platformNames: Readonly<Record<string, string>> = { darwin: "macos", win32: "windows" };

function identify(clientInfo: Parameters<typeof createClientIdentity>[0], connection: Connection, server: Server) {
  try {
    return createClientIdentity(clientInfo, server.options.defaultIdentity.host, connection.id);
  } catch (error) {
    if (error instanceof SwitchboardError) throw invalidRequest(error.message);
    throw error;
  }
}

/** What the reference tells every client once it is known. */
async function greet(connection: Connection, server: Server): Promise<void> {
  // Both are asked for at once: a server that closes waits for what has begun.
  const [warnings, installationId] = await Promise.all([
    server.configWarnings().catch((error: Error) => [error.message]),
    server.installationId(),
  ]);
  for (const summary of warnings) connection.notify("configWarning", { summary, details: null });
  connection.notify("remoteControl/status/changed", {
    status: "disabled",
    serverName: hostname(),
    installationId,
    environmentId: null,
  });
}
