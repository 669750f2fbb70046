import { SpanKind, SpanStatusCode, ValueType, type HrTime, type SpanContext } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";

import type { OtlpEndpoint } from "../config/telemetry-settings.js";
import type { MetricPoint } from "./metric-store.js";
import type { Attributes, EventRecord, SpanRecord } from "./records.js";
import type { TraceContext } from "./trace-context.js";

type Protocol = OtlpEndpoint["protocol"];

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;
const scope = { name: "codex-app-server" };

/** Spans as the body of an OTLP request. This module loads OpenTelemetry; import it only when there is something to send. */
export function encodeSpans(spans: readonly SpanRecord[], protocol: Protocol, resourceOf: Attributes): Uint8Array {
  const resource = resourceFromAttributes(resourceOf);
  const serializer = protocol === "json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  const body = serializer.serializeRequest(
    spans.map(({ name, kind, context, parent, startMs, endMs, hasFailed, attributes }) => ({
      name,
      kind: kinds[kind],
      spanContext: () => contextOf(context),
      ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent) }),
      startTime: timeOf(startMs),
      endTime: timeOf(endMs),
      duration: timeOf(endMs - startMs),
      status: { code: hasFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      attributes: { ...attributes },
      links: [],
      events: [],
      ended: true,
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    })),
  );
  return body ?? new Uint8Array();
}

/** Events as the body of an OTLP request. */
export function encodeEvents(events: readonly EventRecord[], protocol: Protocol, resourceOf: Attributes): Uint8Array {
  const resource = resourceFromAttributes(resourceOf);
  const serializer = protocol === "json" ? JsonLogsSerializer : ProtobufLogsSerializer;
  const body = serializer.serializeRequest(
    events.map(({ name, context, atMs, attributes }) => ({
      hrTime: timeOf(atMs),
      hrTimeObserved: timeOf(atMs),
      severityText: "INFO",
      severityNumber: SeverityNumber.INFO,
      eventName: name,
      ...(context === undefined ? {} : { spanContext: contextOf(context) }),
      attributes: { "event.name": name, "event.timestamp": new Date(atMs).toISOString(), ...attributes },
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
    })),
  );
  return body ?? new Uint8Array();
}

type MetricData = Parameters<
  typeof JsonMetricsSerializer.serializeRequest
>[0]["scopeMetrics"][number]["metrics"][number];

// oxlint-disable typescript/no-unsafe-enum-assignment -- by their numbers: the package that names them has nothing else that we need
const delta: MetricData["aggregationTemporality"] = 0;
const sum: Extract<MetricData, { isMonotonic: boolean }>["dataPointType"] = 3;
const histogram: Extract<MetricData, { dataPoints: { value: { buckets: unknown } }[] }>["dataPointType"] = 0;
// oxlint-enable typescript/no-unsafe-enum-assignment

/** What was measured as the body of an OTLP request. */
export function encodeMetrics(points: readonly MetricPoint[], protocol: Protocol, resourceOf: Attributes): Uint8Array {
  const byName = new Map<string, MetricPoint[]>();
  for (const point of points) byName.set(point.name, [...(byName.get(point.name) ?? []), point]);
  const metrics = [...byName.values()].flatMap((all) => metricOf(all) ?? []);
  const serializer = protocol === "json" ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const body = serializer.serializeRequest({
    resource: resourceFromAttributes(resourceOf),
    scopeMetrics: [{ scope: { name: "codex" }, metrics }],
  });
  return body ?? new Uint8Array();
}

/** All points of one metric. */
function metricOf(points: readonly MetricPoint[]): MetricData | undefined {
  const [first] = points;
  if (first === undefined) return undefined;
  const { name, kind } = first;
  const { unit, description, bounds } = kind;
  const about = ({ attributes, startMs, endMs }: MetricPoint) => ({
    attributes: { ...attributes },
    startTime: timeOf(startMs),
    endTime: timeOf(endMs),
  });
  if (bounds === undefined) {
    return {
      descriptor: { name, unit, description, valueType: ValueType.INT },
      aggregationTemporality: delta,
      dataPointType: sum,
      isMonotonic: true,
      dataPoints: points.map((point) => ({ ...about(point), value: point.count })),
    };
  }
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: delta,
    dataPointType: histogram,
    dataPoints: points.map((point) => {
      const { count, sum: total, min, max, buckets } = point;
      return {
        ...about(point),
        value: { count, sum: total, min, max, buckets: { boundaries: [...bounds], counts: [...buckets] } },
      };
    }),
  };
}

function contextOf({ traceId, spanId, isSampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0 };
}

function timeOf(ms: number): HrTime {
  return [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
