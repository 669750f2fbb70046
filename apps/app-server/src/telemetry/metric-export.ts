import type { ExportQueue } from "./export-queue.js";
import type { MetricPoint, MetricStore } from "./metric-store.js";

/** How often what was measured is collected and sent, in milliseconds; as in the reference. */
const intervalMs = 60_000;

/** Sends what was measured, once a minute and when the server ends. What does not arrive is not sent again. */
export class MetricExport {
  readonly #store: MetricStore;
  readonly #queue: ExportQueue<MetricPoint>;
  readonly #timer: NodeJS.Timeout;

  constructor(store: MetricStore, queue: ExportQueue<MetricPoint>) {
    this.#store = store;
    this.#queue = queue;
    this.#timer = setInterval(() => this.#collect(), intervalMs).unref();
  }

  /** How many points were lost. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Sends what is left, for at most a second. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#collect();
    await this.#queue.close();
  }

  #collect(): void {
    for (const point of this.#store.collect()) this.#queue.add(point);
  }
}
