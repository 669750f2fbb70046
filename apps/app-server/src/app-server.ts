import { resolve } from "node:path";

import type { NetworkOptions } from "@switchboard/client";
import {
  createDefaultIdentity,
  defaultOriginator,
  describeHost,
  type ClientIdentity,
  type Environment,
} from "@switchboard/login";
import {
  AppServerClient,
  parseListenUrl,
  SwitchboardError,
  type AppServerClientOptions,
  type Transport,
} from "@switchboard/protocol";
import { linkedTransports } from "@switchboard/protocol/transports";
import type { Listener, WebSocketAuth } from "@switchboard/protocol/listener";

import { parseOverrides } from "./config/overrides.js";
import type { Logger } from "./log.js";
import { Server } from "./server/server.js";
import { switchboardVersion } from "./version.js";

/** What an {@link AppServer} needs to know of the world. Nothing is read from the process's environment. */
export interface AppServerOptions {
  /** The folder of configuration and credentials. Its `config.toml` need not exist. */
  readonly codexHome: string;
  /** The folder of threads whose client names none. Default: the process's working directory. */
  readonly cwd?: string;
  /** Where credentials, and headers from the environment, are looked up. Default: empty. */
  readonly environment?: Environment;
  /** Configuration over that of the files, each as `key=value` with a dotted key and a TOML value. */
  readonly config?: readonly string[];
  /** The identity of work that no connection asked for. Default: `switchboard` on this machine. */
  readonly defaultIdentity?: ClientIdentity;
  /** Proxies and certificates. Default: none. */
  readonly network?: NetworkOptions;
  /** Where data must stay, for example `us`; goes out as a header with every model request. */
  readonly residency?: string;
  /** A file that each request that left is appended to, one JSON object a line. Default: none. */
  readonly ledgerFile?: string;
  /** Whether ChatGPT is told how clients use the server when `[analytics] enabled` is not in the configuration. Default: false. */
  readonly analyticsDefaultEnabled?: boolean;
  /** Default: nothing is logged. */
  readonly log?: Logger;
}

/** How {@link AppServer.listen} opens an address. */
export interface ListenOptions {
  /** Who may connect. Required beyond loopback. */
  readonly auth?: WebSocketAuth;
  /** Largest inbound message in bytes. Default: 64 MiB. */
  readonly maxFrameBytes?: number;
  /** Most bytes that wait for one client; over that it is closed with 1013. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
}

/** A server in this process. It installs no signal handlers and never ends the process. */
export interface AppServer {
  /**
   * Opens `ws://IP:PORT` (port 0 for a free one), `unix://PATH` or `unix://`, which stands for the
   * default socket in `codexHome`.
   *
   * @throws {@link SwitchboardError} as `openListener` and `parseListenUrl` do.
   */
  listen(url: string, options?: ListenOptions): Promise<Listener>;
  /**
   * Offers metrics at `IP:PORT` of this machine, in the text form of Prometheus, until the server is closed.
   *
   * @throws {@link SwitchboardError} `invalid_metrics_address` or `listen_failed`
   */
  serveMetrics(address: string): Promise<{ readonly url: string }>;
  /** A client in this process. It is to be initialized like any other. */
  connect(options?: AppServerClientOptions): AppServerClient;
  /** Serves a client on a link of the caller's making. */
  accept(transport: Transport): void;
  /** What clients are told of the configuration. @throws {@link SwitchboardError} `invalid_config` when it cannot be used. */
  configWarnings(): Promise<readonly string[]>;
  /**
   * Stops listening, lets running turns end for at most `graceMs` milliseconds (default 0), interrupts
   * the rest and closes everything. A second call waits for the first.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

const silent: Logger = { warn: () => undefined, debug: () => undefined };

/**
 * Makes an app-server. It listens nowhere until told to.
 *
 * @throws {@link SwitchboardError} `invalid_config` for an override that is not `key=value`.
 */
export async function createAppServer(options: AppServerOptions): Promise<AppServer> {
  const { cwd = process.cwd(), environment = {}, config = [], network = {}, log = silent } = options;
  const codexHome = resolve(options.codexHome);
  const server = new Server({
    codexHome,
    cwd: resolve(cwd),
    environment,
    configFlags: await parseOverrides(config),
    defaultIdentity:
      options.defaultIdentity ??
      createDefaultIdentity(defaultOriginator, describeHost(environment, switchboardVersion)),
    network,
    residency: options.residency,
    ledgerFile: options.ledgerFile,
    analyticsDefaultEnabled: options.analyticsDefaultEnabled ?? false,
    log,
    clock: Date.now,
  });
  await server.openRecords();
  const listeners = new Set<Pick<Listener, "close">>();
  let closing: Promise<void> | undefined;
  return {
    async listen(url, { auth, maxFrameBytes, maxQueuedBytes } = {}) {
      const parsed = parseListenUrl(url);
      if (parsed.kind === "stdio" || parsed.kind === "off") {
        throw new SwitchboardError({
          code: "invalid_listen_url",
          message: `${url} is not an address to listen on; expected ws:// or unix://`,
        });
      }
      const address = parsed.kind === "unix" ? { ...parsed, path: await unixPath(parsed.path, codexHome) } : parsed;
      const { openListener } = await import("@switchboard/protocol/listener");
      const listener = await openListener({
        address,
        healthPaths: ["/readyz", "/healthz"],
        onConnection: (transport) => server.accept(transport),
        ...(auth === undefined ? {} : { auth }),
        ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
        ...(maxQueuedBytes === undefined ? {} : { maxQueuedBytes }),
      });
      listeners.add(listener);
      return listener;
    },
    async serveMetrics(address) {
      const { serveMetrics } = await import("./metrics/metrics-server.js");
      const metrics = await serveMetrics(address, {
        ledger: server.ledger,
        connections: () => server.subscriptions.connections.size,
        threads: () => server.threads.ids().length,
      });
      listeners.add(metrics);
      return metrics;
    },
    connect(clientOptions) {
      const [ours, theirs] = linkedTransports();
      server.accept(ours);
      return new AppServerClient(theirs, clientOptions);
    },
    accept: (transport) => server.accept(transport),
    configWarnings: () => server.configWarnings(),
    close({ graceMs = 0 } = {}) {
      closing ??= Promise.all([...listeners].map((listener) => listener.close())).then(() => server.close(graceMs));
      return closing;
    },
  };
}

/** The default control socket is where the reference has it; its folder is made, others are not. */
async function unixPath(path: string, codexHome: string): Promise<string> {
  if (path !== "") return resolve(path);
  const { mkdir } = await import("node:fs/promises");
  const folder = resolve(codexHome, "app-server-control");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return resolve(folder, "app-server-control.sock");
}
