import type { Clock, TurnWatch, WatchedTurn } from "@switchboard/agent";
import type { OnOutbound, RequestClient } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import { messageOf, type AuthMode, type IncomingRequest, type W3cTraceContext } from "@switchboard/protocol";

import type { OtlpEndpoint, TelemetrySettings } from "../config/telemetry-settings.js";
import { switchboardVersion } from "../version.js";
import { ExportQueue } from "./export-queue.js";
import { MetricExport } from "./metric-export.js";
import { MetricRecorder } from "./metric-recorder.js";
import { MetricStore, type MetricPoint } from "./metric-store.js";
import { attributesOf, type Attributes, type EventRecord, type SpanRecord } from "./records.js";
import { asW3c, below, parseTrace, type TraceContext } from "./trace-context.js";
import type { TurnAccounts } from "./turn-accounts.js";

/** What {@link Telemetry} is made from. */
export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly client: RequestClient;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
  /** The process's own name, and what its metrics say of this machine. */
  readonly process: ClientIdentity;
  /** How the server is signed in, as far as it is known. */
  readonly authMode: () => AuthMode | null;
  readonly accounts: Pick<TurnAccounts, "modelOf">;
}

/** Who sent a request; its identity is there once `initialize` was answered. */
interface Sender {
  readonly id: number;
  readonly identity: ClientIdentity | undefined;
}

/** Answers of collectors are not read beyond this many bytes. */
const maxAnswerBytes = 64 * 1024;

/**
 * Traces, events and metrics for the operator's collector. Every record names the client it is about, by value; records of
 * several clients may share a request, which itself names none. OpenTelemetry is loaded with the first batch.
 */
export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #spans: ExportQueue<SpanRecord> | undefined;
  readonly #events: ExportQueue<EventRecord> | undefined;
  readonly #requests = new WeakMap<IncomingRequest, TraceContext>();
  readonly #metricExport: MetricExport | undefined;
  /** What counts and measures; undefined when nobody collects it. */
  readonly metrics: MetricRecorder | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    const { settings, clock, warn, accounts, authMode } = options;
    const resource = attributesOf({
      "service.name": "codex-app-server",
      "service.version": switchboardVersion,
      env: settings.environment,
    });
    const queue = <T>(what: string, to: OtlpEndpoint | undefined, encode: Encode<T>): ExportQueue<T> | undefined =>
      to &&
      new ExportQueue<T>({
        send: async (batch, signal) => this.#post(to, await encode(batch, to.protocol, resource), signal),
        onFailure: (error) => warn(`${what} do not reach their collector: ${messageOf(error)}`),
      });
    this.#spans = queue("traces", settings.traces, async (...batch) => (await encoders()).encodeSpans(...batch));
    this.#events = queue("events", settings.logs, async (...batch) => (await encoders()).encodeEvents(...batch));
    const { os, osVersion } = options.process.host;
    const machine = { os, os_version: osVersion };
    const points = queue<MetricPoint>("metrics", settings.metrics, async (batch, protocol) =>
      (await encoders()).encodeMetrics(batch, protocol, { ...resource, ...machine }),
    );
    if (points === undefined) return;
    const store = new MetricStore(clock);
    this.#metricExport = new MetricExport(store, points);
    this.metrics = new MetricRecorder({ store, authMode, modelOf: (connection) => accounts.modelOf(connection) });
    this.metrics.started(options.process.originator);
  }

  /** Whether anybody wants traces or events. */
  get #isTracing(): boolean {
    return this.#spans !== undefined || this.#events !== undefined;
  }

  /** How many records were lost because a queue was full, or a collector slow or away. */
  get #dropped(): number {
    return (this.#spans?.dropped ?? 0) + (this.#events?.dropped ?? 0) + (this.#metricExport?.dropped ?? 0);
  }

  /** Answers a client's request and takes note of it. */
  ofRequest(request: IncomingRequest, sender: Sender, answer: () => unknown): unknown {
    if (!this.#isTracing) return answer();
    const parent = parseTrace(request.trace);
    const context = below(parent);
    this.#requests.set(request, context);
    const startMs = this.#options.clock();
    const end = (hasFailed: boolean): void => {
      const { identity } = sender;
      this.#span({
        name: request.method.slice(0, 128),
        kind: "server",
        context,
        parent,
        startMs,
        endMs: this.#options.clock(),
        hasFailed,
        attributes: attributesOf({
          "rpc.system": "jsonrpc",
          "rpc.method": request.method,
          "rpc.request_id": String(request.id),
          "app_server.connection_id": String(sender.id),
          ...clientOf(identity),
        }),
      });
    };
    let result: unknown;
    try {
      result = answer();
    } catch (error) {
      end(true);
      throw error;
    }
    if (!(result instanceof Promise)) {
      end(false);
      return result;
    }
    return result.then(
      (value: unknown) => {
        end(false);
        return value;
      },
      (error: unknown) => {
        end(true);
        throw error;
      },
    );
  }

  /** The trace that work of a request is part of. */
  traceOf(request: IncomingRequest): W3cTraceContext | undefined {
    const context = this.#requests.get(request);
    return context === undefined ? request.trace : asW3c(context);
  }

  /** Takes note of a turn. */
  ofTurn({ threadId, turnId, owner, model, trace, prompt }: WatchedTurn): TurnWatch | undefined {
    if (!this.#isTracing) return undefined;
    const parent = parseTrace(trace);
    const context = below(parent);
    const { settings, clock } = this.#options;
    const startMs = clock();
    const about = { originator: owner.originator, model, ...clientOf(owner) };
    if (prompt !== undefined) {
      this.#event("codex.user_prompt", context, {
        ...about,
        "conversation.id": threadId,
        prompt_length: String(Array.from(prompt).length),
        prompt: settings.logUserPrompt ? prompt : "[REDACTED]",
      });
    }
    const { traceparent, tracestate } = asW3c(context);
    return {
      headers: { traceparent, ...(typeof tracestate === "string" ? { tracestate } : {}) },
      end: ({ status }) => {
        const attributes = { ...about, "thread.id": threadId, "turn.id": turnId, "turn.status": status };
        this.#span({
          name: "turn",
          kind: "internal",
          context,
          parent,
          startMs,
          endMs: clock(),
          hasFailed: status === "failed",
          attributes: attributesOf(attributes),
        });
      },
    };
  }

  /** Takes note of a request that leaves, except those to a collector, which would never end. */
  readonly ofOutbound: OnOutbound = (record) => {
    const { kind, attribution, method, origin, path, originator, traceparent } = record;
    if (kind === "telemetry") return undefined;
    const measured = this.metrics?.requested(record);
    const parent = parseTrace({ traceparent: traceparent ?? null });
    const context = below(parent);
    const startMs = this.#options.clock();
    return (end) => {
      const { status, failure } = end;
      const endMs = this.#options.clock();
      measured?.(end, endMs - startMs);
      const about = {
        "http.response.status_code": status,
        "error.type": failure,
        "app_server.client_name": attribution?.client,
        originator,
      };
      this.#span({
        name: `${method} ${kind}`.slice(0, 128),
        kind: "client",
        context,
        parent,
        startMs,
        endMs,
        hasFailed: failure !== undefined || (status ?? 0) >= 400,
        attributes: attributesOf({
          "switchboard.path": kind,
          "http.request.method": method,
          "server.address": URL.canParse(origin) ? new URL(origin).host : origin,
          "url.path": path,
          ...about,
        }),
      });
      if (kind === "responses") {
        this.#event("codex.api_request", context, { endpoint: path, duration_ms: String(endMs - startMs), ...about });
      }
    };
  };

  /** Sends what is left, for at most a second. */
  async close(): Promise<void> {
    await Promise.all([this.#spans?.close(), this.#events?.close(), this.#metricExport?.close()]);
    if (this.#dropped > 0) this.#options.warn(`${this.#dropped} telemetry records were lost`);
  }

  #span(span: SpanRecord): void {
    if (span.context.isSampled) this.#spans?.add(span);
  }

  #event(name: string, context: TraceContext, attributes: Parameters<typeof attributesOf>[0]): void {
    this.#events?.add({ name, context, atMs: this.#options.clock(), attributes: attributesOf(attributes) });
  }

  async #post({ endpoint, protocol, headers }: OtlpEndpoint, body: Uint8Array, signal: AbortSignal): Promise<void> {
    const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const response = await this.#options.client.send({
      method: "POST",
      url: endpoint,
      headers: {
        "user-agent": `switchboard/${switchboardVersion}`,
        ...Object.fromEntries(own),
        "content-type": protocol === "json" ? "application/json" : "application/x-protobuf",
      },
      owner: {},
      path: "telemetry",
      body,
      signal,
      maxBodyBytes: maxAnswerBytes,
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
    });
    // The connection is good for the next batch only when the answer was read to its end.
    for await (const _ of response.body) signal.throwIfAborted();
    if (response.status >= 300) throw new Error(`it answered ${response.status}`);
  }
}

type Encode<T> = (batch: readonly T[], protocol: OtlpEndpoint["protocol"], resource: Attributes) => Promise<Uint8Array>;

const encoders = () => import("./encode.js");

function clientOf(identity: ClientIdentity | undefined): Readonly<Record<string, string | undefined>> {
  return {
    "app_server.client_name": identity?.client?.name,
    "app_server.client_version": identity?.client?.version,
  };
}
