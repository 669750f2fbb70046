import { isLoopback, parseListenUrl, SwitchboardError, type ListenAddress } from "@switchboard/protocol";

import { createAppServer, type AppServer } from "../app-server.js";
import { stderrLogger } from "../log.js";
import { parseFlags } from "./command-line.js";
import { UsageError } from "./failure.js";
import { optionsFromEnvironment } from "./process-environment.js";
import { webSocketAuth } from "./websocket-auth-flags.js";

const flags = {
  listen: { type: "string", multiple: true },
  stdio: { type: "boolean" },
  config: { type: "string", short: "c", multiple: true },
  enable: { type: "string", multiple: true },
  disable: { type: "string", multiple: true },
  "ws-auth": { type: "string" },
  "ws-token-file": { type: "string" },
  "ws-token-sha256": { type: "string" },
  "ws-shared-secret-file": { type: "string" },
  "ws-issuer": { type: "string" },
  "ws-audience": { type: "string" },
  "ws-max-clock-skew-seconds": { type: "string" },
  "strict-config": { type: "boolean" },
  "analytics-default-enabled": { type: "boolean" },
  "ledger-file": { type: "string" },
  metrics: { type: "string" },
  verbose: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** How long running turns may go on after the first signal. */
const graceMs = 10_000;

/** `switchboard app-server`: serves until a signal, or the end of stdin on stdio, and then exits 0. */
export async function runAppServer(args: readonly string[], config: readonly string[]): Promise<void> {
  const values = parseFlags(args, flags);
  if (values.help === true) {
    const { appServerHelp } = await import("./help.js");
    console.log(appServerHelp);
    return;
  }
  const { address, url } = readListen(values.listen, values.stdio === true);
  const auth = await webSocketAuth(values);
  const server = await createAppServer({
    ...(await optionsFromEnvironment(process.env, stderrLogger(values.verbose === true))),
    ...(values["ledger-file"] === undefined ? {} : { ledgerFile: values["ledger-file"] }),
    analyticsDefaultEnabled: values["analytics-default-enabled"] === true,
    config: [
      ...config,
      ...(values.config ?? []),
      ...(values.enable ?? []).map((feature) => `features.${feature}=true`),
      ...(values.disable ?? []).map((feature) => `features.${feature}=false`),
    ],
  });
  const warnings = await server.configWarnings();
  if (values["strict-config"] === true && warnings.length > 0) {
    throw new SwitchboardError({ code: "invalid_config", message: warnings.join("\n") });
  }
  if (values.metrics !== undefined) {
    const { url: metricsUrl } = await server.serveMetrics(values.metrics);
    process.stderr.write(`metrics: ${metricsUrl}\n`);
  }
  const stop = stopper(server);
  if (address.kind === "stdio") return serveStdio(server, stop);
  const listener = await server.listen(url, auth === undefined ? {} : { auth });
  process.stderr.write(banner(listener.url, address));
}

function readListen(urls: readonly string[] | undefined, stdio: boolean): { address: ListenAddress; url: string } {
  if (urls !== undefined && stdio) throw new UsageError("the argument '--stdio' cannot be used with '--listen <URL>'");
  if (urls !== undefined && urls.length > 1)
    throw new UsageError("the argument '--listen <URL>' cannot be used multiple times");
  const [url = "stdio://"] = urls ?? [];
  let address: ListenAddress;
  try {
    address = parseListenUrl(url);
  } catch (error) {
    if (error instanceof SwitchboardError)
      throw new UsageError(`invalid value '${url}' for '--listen <URL>': ${error.message}`);
    throw error;
  }
  if (address.kind === "off") {
    throw new SwitchboardError({
      code: "no_transport",
      message: "no transport configured; use --listen with stdio://, ws:// or unix://",
    });
  }
  return { address, url };
}

/** Ends the server on the first call, or signal, and the process at once on the second signal. */
function stopper(server: AppServer): () => void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void server.close({ graceMs }).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => (stopping ? process.exit(0) : stop()));
  }
  return stop;
}

async function serveStdio(server: AppServer, stop: () => void): Promise<void> {
  const { StdioTransport } = await import("@switchboard/protocol/transports");
  // A reader that is gone is as final as the end of the input.
  process.stdout.on("error", stop);
  server.accept(new StdioTransport({ input: process.stdin, output: process.stdout, onInputEnd: stop }));
}

function banner(url: string, address: ListenAddress): string {
  if (address.kind !== "tcp") return `switchboard app-server\n  listening on: ${url}\n`;
  const http = url.replace(/^ws/, "http");
  const note = isLoopback(address.host)
    ? "binds localhost only (use SSH port-forwarding for remote access)"
    : "websocket auth is required for non-localhost listeners";
  return `switchboard app-server (WebSockets)\n  listening on: ${url}\n  readyz: ${http}/readyz\n  healthz: ${http}/healthz\n  note: ${note}\n`;
}
