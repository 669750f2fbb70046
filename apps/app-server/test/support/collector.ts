import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

import type { Json } from "./wire-client.js";

/** What a collector got. */
export interface Export {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes whatever is posted to it on loopback. */
export interface Collector {
  readonly url: string;
  readonly exports: Export[];
  /** The bodies of a path, which are JSON. */
  readonly bodies: (path: string) => Json[];
  readonly spans: () => Json[];
  readonly events: () => Json[];
  readonly metrics: () => Json[];
}

/** How a collector answers. */
export type Answer = (response: ServerResponse) => void;

/** Starts one that answers as told, or not at all. Gone when the test has finished. */
export async function collector(answer: Answer = (response) => void response.end("{}")): Promise<Collector> {
  const exports: Export[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      exports.push({ method, path: url, headers, body: Buffer.concat(parts) });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bodies = (path: string): Json[] =>
    exports.filter((each) => each.path === path).map(({ body }) => JSON.parse(body.toString()));
  const all = (path: string, resources: string, scopes: string, records: string): Json[] =>
    bodies(path).flatMap((body) =>
      body[resources].flatMap((each: Json) => each[scopes].flatMap((scope: Json) => scope[records])),
    );
  return {
    url,
    exports,
    bodies,
    spans: () => all("/v1/traces", "resourceSpans", "scopeSpans", "spans"),
    events: () => all("/v1/logs", "resourceLogs", "scopeLogs", "logRecords"),
    metrics: () => all("/v1/metrics", "resourceMetrics", "scopeMetrics", "metrics"),
  };
}

const signals = { exporter: "/v1/logs", trace_exporter: "/v1/traces", metrics_exporter: "/v1/metrics" } as const;

/** What the table `otel` can send. */
export type Signal = keyof typeof signals;

/** The table `otel` for a collector. */
export function otel(
  url: string,
  {
    protocol = "json",
    headers = '"x-tenant" = "t1"',
    more = "",
    send = ["exporter", "trace_exporter"],
  }: {
    readonly protocol?: string;
    readonly headers?: string;
    readonly more?: string;
    readonly send?: readonly Signal[];
  } = {},
): string {
  const exporters = send.map(
    (signal) =>
      `${signal} = { otlp-http = { endpoint = "${url}${signals[signal]}", protocol = "${protocol}", headers = { ${headers} } } }`,
  );
  return `[otel]\nenvironment = "prod"\n${exporters.join("\n")}\n${more}`;
}

/** What a record or a point says besides its name. */
export function attributes(record: Json): Record<string, Json> {
  return Object.fromEntries(record.attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]]));
}
