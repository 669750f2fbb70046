import { CpuMeter } from "../load/cpu-meter.js";
import type { Row } from "../row.js";
import { median } from "../statistics.js";

const WARM_UP_THREADS = 20;
const THREADS = 200;

/** Threads started one after the other, and the memory they take while they stay loaded. */
export const threadStart: Row = {
  id: "thread-start",
  figures: [
    {
      id: "time",
      title: "`thread/start`, sequential, p50",
      unit: "ms",
      budget: { atMost: 3 },
    },
    { id: "cpu", title: "CPU per `thread/start`", unit: "ms" },
    {
      id: "memory",
      title: "memory per loaded thread (200)",
      unit: "KiB",
      budget: { atMost: 60 },
    },
  ],
  async run(context) {
    const server = await context.launch();
    const client = await server.connect();
    // What the first threads load once must not count as theirs.
    for (let count = 0; count < WARM_UP_THREADS; count += 1) await client.startThread();
    const before = await server.settledKib();

    const cpu = await CpuMeter.start(server, 0);
    const times: number[] = [];
    while (times.length < THREADS) {
      const startedAt = performance.now();
      await client.startThread();
      times.push(performance.now() - startedAt);
    }
    const cpuPerThread = cpu.per(THREADS);
    const after = await server.settledKib();
    return {
      time: median(times),
      cpu: cpuPerThread,
      memory: before === undefined || after === undefined ? undefined : (after - before) / THREADS,
    };
  },
};
