import type { LedgerEntry } from "../ledger/entry.js";
import type { Ledger } from "../ledger/ledger.js";
import { BoundedNames } from "./bounded-names.js";

/** What the metrics are taken from. */
export interface MetricsSource {
  readonly ledger: Ledger;
  readonly connections: () => number;
  readonly threads: () => number;
}

/** The metrics of one server. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Stops counting. */
  close(): void;
}

/** Seconds: from a quick answer on this machine to a turn of many minutes. */
const buckets = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

/** Begins to count what leaves the process. The library loads with the first use. */
export async function openMetrics({ ledger, connections, threads }: MetricsSource): Promise<Metrics> {
  // By its default: bundled, the library has no other names.
  const { default: library } = await import("prom-client");
  const { Counter, Gauge, Histogram, Registry } = library;
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("switchboard_connections", "Clients that are connected", connections);
  gauge("switchboard_threads", "Threads that are loaded", threads);
  gauge(
    "switchboard_outbound_name_mismatches",
    "Requests that left under a name that the rules do not give them; anything but 0 is a fault",
    () => ledger.mismatches,
  );
  const requests = new Counter({
    name: "switchboard_outbound_requests_total",
    help: "Requests that left and are over, by path, client and outcome",
    labelNames: ["path", "client", "outcome"],
    registers,
  });
  const bytes = new Counter({
    name: "switchboard_outbound_received_bytes_total",
    help: "Bytes of the answers, by path",
    labelNames: ["path"],
    registers,
  });
  const seconds = new Histogram({
    name: "switchboard_outbound_seconds",
    help: "From leaving to the end of the answer, by path",
    labelNames: ["path"],
    buckets,
    registers,
  });
  const clients = new BoundedNames();
  const stop = ledger.follow(({ path, client, status, failure, receivedBytes, durationMs }) => {
    requests.inc({
      path,
      client: client === null ? "" : clients.label(client),
      outcome: outcomeOf({ status, failure }),
    });
    bytes.inc({ path }, receivedBytes);
    seconds.observe({ path }, (durationMs ?? 0) / 1_000);
  });
  return { contentType: registry.contentType, text: () => registry.metrics(), close: stop };
}

function outcomeOf({ status, failure }: Pick<LedgerEntry, "status" | "failure">): string {
  if (failure !== null) return failure;
  return status === null ? "unknown" : `${Math.floor(status / 100)}xx`;
}
