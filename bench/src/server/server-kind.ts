/** The two servers of the command line. */
export interface ServerKind {
  /** The subcommand. */
  readonly subcommand: string;
  /** Params of the initialize that our connections send. */
  readonly initializeParams: unknown;
  /** More lines of the model provider's table. */
  readonly provider?: string;
}

/** The server that runs threads and turns. */
export const APP_SERVER: ServerKind = {
  subcommand: "app-server",
  initializeParams: {
    clientInfo: { name: "switchboard-bench", title: null, version: "0.1.0" },
    capabilities: { experimentalApi: true },
  },
};

/** The same, asking its model over WebSockets. */
export const APP_SERVER_OVER_WEBSOCKETS: ServerKind = { ...APP_SERVER, provider: "supports_websockets = true" };

/** The server that runs processes, files and HTTP requests for others. */
export const EXEC_SERVER: ServerKind = {
  subcommand: "exec-server",
  initializeParams: { clientName: "switchboard-bench" },
};
