import type { TableReader } from "./table-reader.js";

/** A collector that is spoken to in OTLP over HTTP. */
export interface OtlpEndpoint {
  /** The whole URL of one signal, as `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  readonly protocol: "binary" | "json";
  readonly headers: Readonly<Record<string, string>>;
}

/** The table `otel`. */
export interface TelemetrySettings {
  /** Where the records are from, as `prod`; the attribute `env`. */
  readonly environment: string;
  /** Whether records hold what users say. */
  readonly logUserPrompt: boolean;
  /** Where events go. */
  readonly logs: OtlpEndpoint | undefined;
  readonly traces: OtlpEndpoint | undefined;
  readonly metrics: OtlpEndpoint | undefined;
  /** Keys that ask for something that this server does not do. */
  readonly unsupported: readonly string[];
}

/**
 * Reads the table `otel`, by the reference's names and defaults.
 *
 * @throws {@link ConfigValueError}
 */
export function readTelemetry(reader: TableReader): TelemetrySettings {
  const otel = reader.table("otel");
  const unsupported: string[] = [];
  const exporter = (key: string): OtlpEndpoint | undefined => {
    if (otel === undefined || typeof otel.raw(key) !== "object") {
      const word = otel?.oneOf(key, ["none", "statsig", "otlp-http", "otlp-grpc"]);
      if (word !== undefined && word !== "none") unsupported.push(`otel.${key} = "${word}"`);
      return undefined;
    }
    const table = otel.table(key);
    const http = table?.table("otlp-http");
    if (http === undefined) {
      unsupported.push(...(table?.keys() ?? []).map((kind) => `otel.${key}.${kind}`));
      return undefined;
    }
    const endpoint = http.string("endpoint");
    if (endpoint === undefined) throw http.error("endpoint", "missing field `endpoint`");
    if (!URL.canParse(endpoint)) throw http.error("endpoint", "not a URL");
    if (http.raw("tls") !== undefined) unsupported.push(`otel.${key}.otlp-http.tls`);
    const protocol = http.oneOf("protocol", ["binary", "json"]) ?? "binary";
    return { endpoint, protocol, headers: http.strings("headers") ?? {} };
  };
  const [logs, traces, metrics] = [exporter("exporter"), exporter("trace_exporter"), exporter("metrics_exporter")];
  return {
    environment: otel?.string("environment") ?? "dev",
    logUserPrompt: otel?.boolean("log_user_prompt") ?? false,
    logs,
    traces,
    metrics,
    unsupported,
  };
}
