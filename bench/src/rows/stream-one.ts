import { CpuMeter } from "../load/cpu-meter.js";
import { expectDeltas } from "../load/expect-deltas.js";
import type { Row } from "../row.js";

const DELTAS = 20_000;
const WARM_UP_DELTAS = 2_000;
/** Several streams in turn: one is over in half a second, too short for the kernel's CPU clock. */
const STREAMS = 3;

/** One turn whose answer comes in 20,000 deltas. */
export const streamOne: Row = {
  id: "stream-1",
  figures: [
    {
      id: "rate",
      title: "one stream of 20,000 deltas, deltas per second",
      unit: "/s",
      budget: { atLeast: 45_000 },
    },
    { id: "cpu", title: "the same, CPU per 1,000 deltas", unit: "ms" },
  ],
  async run(context) {
    await context.model.reply({ kind: "deltas", count: WARM_UP_DELTAS });
    const server = await context.launch();
    const client = await server.connect();
    await client.turn(await client.startThread());
    await context.model.reply({ kind: "deltas", count: DELTAS });
    const threads: string[] = [];
    while (threads.length < STREAMS) threads.push(await client.startThread());

    const cpu = await CpuMeter.start(server);
    let elapsedMs = 0;
    for (const thread of threads) {
      const times = await client.turn(thread);
      expectDeltas(times, DELTAS);
      elapsedMs += times.completedAt - times.startedAt;
    }
    const total = STREAMS * DELTAS;
    return { rate: (total * 1000) / elapsedMs, cpu: cpu.per(total / 1000) };
  },
};
