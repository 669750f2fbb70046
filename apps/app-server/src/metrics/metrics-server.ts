// oxlint-disable-next-line no-restricted-imports -- it is listened with, nothing leaves the machine
import { createServer, type Server as HttpServer, type ServerResponse } from "node:http";

import { isLoopback, messageOf, SwitchboardError } from "@switchboard/protocol";

import { openMetrics } from "./metrics.js";
import type { MetricsSource } from "./metrics.js";

/** A server of metrics that listens. */
export interface MetricsServer {
  /** `http://HOST:PORT/metrics`, with the port that was taken. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Offers the metrics of a server at `HOST:PORT`, in the text form of Prometheus. Loopback only: there is no
 * authentication.
 *
 * @throws {@link SwitchboardError} `invalid_metrics_address`, or `listen_failed`
 */
export async function serveMetrics(address: string, source: MetricsSource): Promise<MetricsServer> {
  const { host, port } = parseAddress(address);
  const metrics = await openMetrics(source);
  const server = createServer((request, response) => {
    // As at the other listeners: no web page may read this.
    if (request.headers.origin !== undefined) return refuse(response, "no web page may read the metrics");
    if (!isForThisMachine(request.headers.host)) {
      return refuse(response, "the metrics are read under a name of this machine only: 127.0.0.1, [::1] or localhost");
    }
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics") {
      return void response.writeHead(404).end();
    }
    metrics.text().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  const taken = await listen(server, host, port, address);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/metrics`,
    close: async () => {
      metrics.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether a `Host` header names this machine itself. Any other name may have been made to lead here, by a web page. */
function isForThisMachine(header = ""): boolean {
  const [, ipv6, name = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return isLoopback(ipv6 ?? name) || name.toLowerCase() === "localhost";
}

function refuse(response: ServerResponse, why: string): void {
  response.writeHead(403, { "content-type": "text/plain" }).end(`${why}\n`);
}

async function listen(server: HttpServer, host: string, port: number, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new SwitchboardError({
          code: "listen_failed",
          message: `cannot offer metrics at ${address}: ${messageOf(error)}`,
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const taken = server.address();
  return typeof taken === "object" && taken !== null ? taken.port : port;
}

function parseAddress(address: string): { host: string; port: number } {
  const [, host, port] = /^(?:\[([0-9a-f:]+)\]|([^:]+)):(\d{1,5})$/i.exec(address)?.filter(Boolean) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535 || !isLoopback(host)) {
    throw new SwitchboardError({
      code: "invalid_metrics_address",
      message: `${address} is no address for metrics; expected IP:PORT on this machine, such as 127.0.0.1:9464`,
    });
  }
  return { host, port: Number(port) };
}
