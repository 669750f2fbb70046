import { CpuMeter } from "../load/cpu-meter.js";
import type { Row } from "../row.js";
import { median } from "../statistics.js";

/** Turns go round these threads, so that no history grows long enough to matter. */
const THREADS = 20;
const WARM_UP_TURNS = 20;
const MOST_TURNS = 1_000;
const LONGEST_MS = 3_000;

/** One turn after the other on one connection, with a model that answers at once. */
export const turnSequential: Row = {
  id: "turn",
  figures: [
    {
      id: "completed",
      title: "turn overhead: `turn/start` → `turn/completed`, net of the model, p50",
      unit: "ms",
      budget: { atMost: 3 },
    },
    { id: "first-delta", title: "the same to the first delta", unit: "ms" },
    { id: "cpu", title: "CPU per turn, sequential", unit: "ms", budget: { atMost: 4 } },
  ],
  async run(context) {
    await context.model.reply({ kind: "text" });
    const server = await context.launch();
    const client = await server.connect();
    const threads: string[] = [];
    while (threads.length < THREADS) threads.push(await client.startThread());
    const turn = async (index: number) => client.turn(threads[index % THREADS] ?? "");

    for (let index = 0; index < WARM_UP_TURNS; index += 1) await turn(index);
    await context.model.takeTimes();
    const cpu = await CpuMeter.start(server);
    const completed: number[] = [];
    const firstDelta: number[] = [];
    const end = performance.now() + LONGEST_MS;
    while (completed.length < MOST_TURNS && performance.now() < end) {
      const times = await turn(completed.length);
      completed.push(times.completedAt - times.startedAt);
      firstDelta.push(times.firstDeltaAt - times.startedAt);
    }
    const cpuPerTurn = cpu.per(completed.length);
    const model = median(await context.model.takeTimes());
    return {
      completed: median(completed) - model,
      "first-delta": median(firstDelta) - model,
      cpu: cpuPerTurn,
    };
  },
};
