import { SpanKind, SpanStatusCode, type HrTime, type SpanContext } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";

import type { OtlpEndpoint } from "../config/telemetry-settings.js";
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

function contextOf({ traceId, spanId, isSampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0 };
}

function timeOf(ms: number): HrTime {
  return [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
