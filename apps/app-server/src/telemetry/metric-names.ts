/** Bounds of histograms of times, in milliseconds, as the reference has them. */
const durationBounds = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 2_250, 2_500, 3_000, 3_500, 4_000, 4_500,
  5_000, 6_000, 7_000, 7_500, 8_000, 9_000, 10_000, 12_000, 15_000, 20_000, 30_000, 60_000, 120_000,
] as const;

/** Bounds of other histograms: those of OpenTelemetry. */
const countBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000] as const;

/** What a metric is, besides its name. */
export interface MetricKind {
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of the buckets of a histogram; undefined for a count that only grows. */
  readonly bounds: readonly number[] | undefined;
}

const count: MetricKind = { unit: "", description: "", bounds: undefined };
const spread: MetricKind = { unit: "", description: "", bounds: countBounds };
const duration: MetricKind = { unit: "ms", description: "Duration in milliseconds.", bounds: durationBounds };

/** The metrics that are sent, by the reference's names. */
export const metricKinds = {
  "codex.api_request": count,
  "codex.api_request.duration_ms": duration,
  "codex.approval.requested": count,
  "codex.mcp.call": count,
  "codex.mcp.call.duration_ms": duration,
  "codex.process.start": count,
  "codex.task.compact": count,
  "codex.task.review": count,
  "codex.thread.started": count,
  "codex.tool.call": count,
  "codex.tool.call.duration_ms": duration,
  "codex.turn.e2e_duration_ms": duration,
  "codex.turn.token_usage": spread,
  "codex.turn.tool.call": spread,
  "codex.turn.ttfm.duration_ms": duration,
  "codex.turn.ttft.duration_ms": duration,
  "codex.websocket.connect": count,
  "codex.websocket.connect.duration_ms": duration,
  "codex.websocket.request": count,
  "codex.websocket.request.duration_ms": duration,
} as const satisfies Readonly<Record<string, MetricKind>>;

/** The name of a metric. */
export type MetricName = keyof typeof metricKinds;
