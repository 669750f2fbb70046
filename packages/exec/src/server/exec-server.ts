import { resolve } from "node:path";

import type { RequestClient } from "@switchboard/client";
import { SwitchboardError, type Transport } from "@switchboard/protocol";
import type { Listener, WebSocketAuth } from "@switchboard/protocol/listener";

import { environmentInfo } from "../environment/environment-info.js";
import type { Environment } from "../processes/index.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import { parseExecListenUrl } from "./listen-address.js";
import { Sessions } from "./sessions.js";

/** What an {@link ExecServer} needs to know of the world. Nothing is read from the process's environment. */
export interface ExecServerOptions {
  /** What processes may inherit, and where `valueEnvVar` of a header is looked up. Default: empty. */
  readonly environment?: Environment;
  /** What clients are told as the working directory. Default: the process's. */
  readonly cwd?: string;
  /** Sends `http/request`. The caller owns it and closes it after the server. */
  readonly requestClient: RequestClient;
  /**
   * Requests of one connection that may be in work at once. Default: one, beside any number of `http/request`, which
   * then wait for nothing.
   */
  readonly concurrentRequests?: number;
  /** How long a session without a connection is kept, in milliseconds. Default: 80 s. */
  readonly detachedTtlMs?: number;
  /** Something worth a log line happened. It names no contents. Default: nothing. */
  readonly onIncident?: (text: string, cause?: unknown) => void;
}

/** A server of processes, files and HTTP requests. It installs no signal handlers and never ends the process. */
export interface ExecServer {
  /**
   * Opens `ws://IP:PORT` (port 0 for a free one).
   *
   * @throws {@link SwitchboardError} as `openListener` does; `listener_needs_auth` beyond loopback without `auth`.
   */
  listen(url: string, options?: { readonly auth?: WebSocketAuth }): Promise<Listener>;
  /** Serves a client on a link of the caller's making. */
  accept(transport: Transport): void;
  /**
   * Stops listening, lets requests in work be answered for at most `graceMs` milliseconds (default 0), then ends
   * every connection, session and process. A second call waits for the first.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Idle clients are pinged this often, as by the reference, in milliseconds. */
const pingIntervalMs = 30_000;

/** The largest answer, an HTTP body of 256 MiB as base64, must fit, and others beside it. */
const maxQueuedBytes = 512 * 1024 * 1024;

/** How long clients have to take their last messages when the server ends, in milliseconds. */
const goodbyeMs = 1_000;

/** Makes an exec-server. It listens nowhere until told to. */
export function createExecServer(options: ExecServerOptions): ExecServer {
  const { environment = {}, cwd = process.cwd(), requestClient, concurrentRequests, detachedTtlMs } = options;
  const sessions = new Sessions(environment, detachedTtlMs);
  const listeners = new Set<Listener>();
  const connections = new Set<Connection>();
  const shared: ConnectionOptions = {
    sessions,
    environment,
    info: environmentInfo(resolve(cwd), environment),
    requestClient,
    concurrentRequests,
    onIncident: options.onIncident ?? (() => undefined),
    onClosed: (connection) => {
      connections.delete(connection);
      if (connections.size === 0) onLastClosed?.();
    },
  };
  let onLastClosed: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  const accept = (transport: Transport): void => void connections.add(new Connection(transport, shared));

  const end = async (graceMs: number): Promise<void> => {
    await Promise.all([...listeners].map((listener) => listener.close()));
    await atMost(graceMs, Promise.all([...connections].map((connection) => connection.whenAnswered())));
    const closed = new Promise<void>((done) => (onLastClosed = done));
    for (const connection of connections) connection.close(1001, "the server is shutting down");
    if (connections.size > 0) await atMost(goodbyeMs, closed);
    await sessions.close();
  };

  return {
    async listen(url, { auth } = {}) {
      const address = parseExecListenUrl(url);
      if (address.kind === "stdio") {
        throw new SwitchboardError({
          code: "invalid_listen_url",
          message: `${url} is not an address to listen on; expected ws://IP:PORT`,
        });
      }
      const { openListener } = await import("@switchboard/protocol/listener");
      const listener = await openListener({
        address,
        healthPaths: ["/readyz"],
        upgradePath: "/",
        pingIntervalMs,
        maxQueuedBytes,
        onConnection: accept,
        ...(auth === undefined ? {} : { auth }),
      });
      listeners.add(listener);
      return listener;
    },
    accept,
    close: ({ graceMs = 0 } = {}) => (closing ??= end(graceMs)),
  };
}

/** Waits for the work, or for the time to pass. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((done) => (timer = setTimeout(done, ms)))]);
  clearTimeout(timer);
}
