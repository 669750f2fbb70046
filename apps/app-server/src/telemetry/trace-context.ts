import { randomBytes } from "node:crypto";

import type { W3cTraceContext } from "@switchboard/protocol";

/** A place in a trace, as W3C Trace Context has it. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether whoever began the trace wants it recorded. */
  readonly isSampled: boolean;
  /** What others put along the way. */
  readonly state: string | undefined;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longest `tracestate` that is passed on, in characters; the standard asks for at least 512. */
const maxState = 512;

/** The place that a client or a header names; undefined for what is not one, which the standard says to ignore. */
export function parseTrace(trace: W3cTraceContext | undefined): TraceContext | undefined {
  const found = form.exec(trace?.traceparent ?? "");
  if (found === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = found;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const state = trace?.tracestate ?? undefined;
  const isPassable = state !== undefined && state.length <= maxState && /^[\x20-\x7e]+$/.test(state);
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: isPassable ? state : undefined,
  };
}

/** A new place below another, or in a trace of its own. */
export function below(parent: TraceContext | undefined): TraceContext {
  const spanId = randomBytes(8).toString("hex");
  if (parent !== undefined) return { ...parent, spanId };
  return { traceId: randomBytes(16).toString("hex"), spanId, isSampled: true, state: undefined };
}

/** The place in the form of the protocol and of HTTP headers. */
export function asW3c({ traceId, spanId, isSampled, state }: TraceContext): W3cTraceContext & { traceparent: string } {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}
