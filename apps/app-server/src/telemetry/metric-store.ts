import { metricKinds, type MetricKind, type MetricName } from "./metric-names.js";
import type { Attributes } from "./records.js";

/** What was measured under one name and one set of attributes since the last collection. */
export interface MetricPoint {
  readonly name: MetricName;
  readonly kind: MetricKind;
  readonly attributes: Attributes;
  readonly startMs: number;
  readonly endMs: number;
  /** How many values there were; of a count, what it grew by. */
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** How many values are in each bucket; empty for a count. */
  readonly buckets: readonly number[];
}

/** Most series between two collections. What comes on top shares one series of its metric. */
const maxSeries = 1_000;

/** How OpenTelemetry marks that series. */
const overflow: Attributes = { "otel.metric.overflow": true };

interface Series {
  readonly name: MetricName;
  readonly attributes: Attributes;
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly buckets: number[];
}

/** Adds up what is measured until it is collected; then it begins anew. That is the temporality `delta`, as in the reference. */
export class MetricStore {
  readonly #clock: () => number;
  #series = new Map<string, Series>();
  #startMs: number;

  /** `clock` gives milliseconds since 1970. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#startMs = clock();
  }

  /** Adds a value: to a count what it grows by, to a histogram one that was measured. */
  add(name: MetricName, value: number, attributes: Attributes): void {
    const series = this.#seriesOf(name, attributes);
    const { bounds }: MetricKind = metricKinds[name];
    series.count += bounds === undefined ? value : 1;
    series.sum += value;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
    if (bounds === undefined) return;
    const bucket = bounds.findIndex((bound) => value <= bound);
    const at = bucket === -1 ? bounds.length : bucket;
    series.buckets[at] = (series.buckets[at] ?? 0) + 1;
  }

  /** What has been measured since the last call. */
  collect(): MetricPoint[] {
    const [startMs, endMs] = [this.#startMs, this.#clock()];
    const points = [...this.#series.values()].map((series) => ({
      ...series,
      kind: metricKinds[series.name],
      startMs,
      endMs,
    }));
    this.#series = new Map();
    this.#startMs = endMs;
    return points;
  }

  #seriesOf(name: MetricName, attributes: Attributes): Series {
    const names = Object.keys(attributes).sort();
    const key = JSON.stringify([name, names.map((each) => [each, attributes[each]])]);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const isOver = this.#series.size >= maxSeries && attributes !== overflow;
    if (isOver) return this.#seriesOf(name, overflow);
    const { bounds }: MetricKind = metricKinds[name];
    const buckets = bounds === undefined ? [] : Array.from({ length: bounds.length + 1 }, () => 0);
    const made: Series = { name, attributes, count: 0, sum: 0, min: Infinity, max: -Infinity, buckets };
    this.#series.set(key, made);
    return made;
  }
}
