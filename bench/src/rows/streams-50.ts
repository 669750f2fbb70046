import { CpuMeter } from "../load/cpu-meter.js";
import { expectDeltas } from "../load/expect-deltas.js";
import type { Row } from "../row.js";

const CONNECTIONS = 50;
const DELTAS = 2_000;
const WARM_UP_DELTAS = 100;

/** Fifty turns at the same time, each on its own connection, each with 2,000 deltas. */
export const streams50: Row = {
  id: "streams-50",
  figures: [
    {
      id: "rate",
      title: "50 streams of 2,000 deltas at once, deltas per second",
      unit: "/s",
      budget: { atLeast: 60_000 },
    },
    { id: "cpu", title: "the same, CPU per 1,000 deltas", unit: "ms" },
  ],
  async run(context) {
    await context.model.reply({ kind: "deltas", count: WARM_UP_DELTAS });
    const server = await context.launch();
    const clients = await server.connectMany(CONNECTIONS);
    const loads = await Promise.all(clients.map(async (client) => ({ client, thread: await client.startThread() })));
    const round = async () => Promise.all(loads.map(async ({ client, thread }) => client.turn(thread)));
    await round();
    await context.model.reply({ kind: "deltas", count: DELTAS });

    const cpu = await CpuMeter.start(server);
    const startedAt = performance.now();
    const turns = await round();
    const elapsedMs = performance.now() - startedAt;
    for (const times of turns) expectDeltas(times, DELTAS);
    const total = CONNECTIONS * DELTAS;
    return { rate: (total * 1000) / elapsedMs, cpu: cpu.per(total / 1000) };
  },
};
