import { CpuMeter } from "../load/cpu-meter.js";
import type { Row } from "../row.js";

const CONNECTIONS = 50;
const DURATION_MS = 4_000;

/** Fifty connections, each with a thread of its own, each starting its next turn when the last is done. */
export const turnsAt50: Row = {
  id: "turns-50",
  figures: [
    {
      id: "rate",
      title: "turns per second, 50 connections",
      unit: "/s",
      budget: { atLeast: 500 },
    },
    { id: "cpu", title: "CPU per turn, 50 connections", unit: "ms", budget: { atMost: 4 } },
  ],
  async run(context) {
    await context.model.reply({ kind: "text" });
    const server = await context.launch();
    const clients = await server.connectMany(CONNECTIONS);
    const loads = await Promise.all(clients.map(async (client) => ({ client, thread: await client.startThread() })));
    await Promise.all(loads.map(async ({ client, thread }) => client.turn(thread)));

    const cpu = await CpuMeter.start(server);
    const startedAt = performance.now();
    let turns = 0;
    await Promise.all(
      loads.map(async ({ client, thread }) => {
        while (performance.now() - startedAt < DURATION_MS) {
          await client.turn(thread);
          turns += 1;
        }
      }),
    );
    const elapsedMs = performance.now() - startedAt;
    return { rate: (turns * 1000) / elapsedMs, cpu: cpu.per(turns) };
  },
};
