import { CpuMeter } from "../load/cpu-meter.js";
import type { Row, RunContext } from "../row.js";
import { APP_SERVER, APP_SERVER_OVER_WEBSOCKETS, type ServerKind } from "../server/server-kind.js";
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
  run: (context) => turns(context, APP_SERVER),
};

/** The same with a model that is asked over a WebSocket, which is open already. */
export const turnWebSocket: Row = {
  id: "turn-websocket",
  figures: [
    {
      id: "completed",
      title: "turn overhead with the model asked over a warm WebSocket, p50",
      unit: "ms",
      budget: { atMost: 2 },
    },
    { id: "first-delta", title: "the same to the first delta", unit: "ms" },
    { id: "cpu", title: "the same, CPU per turn", unit: "ms" },
  ],
  run: (context) => turns(context, APP_SERVER_OVER_WEBSOCKETS),
};

async function turns(context: RunContext, kind: ServerKind) {
  const { model } = context;
  await model.reply({ kind: "text" });
  const server = await context.launch(kind);
  const client = await server.connect();
  const threads: string[] = [];
  while (threads.length < THREADS) threads.push(await client.startThread());
  const turn = async (index: number) => client.turn(threads[index % THREADS] ?? "");

  for (let index = 0; index < WARM_UP_TURNS; index += 1) await turn(index);
  await model.takeTimes();
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
  const modelMs = median(await model.takeTimes());
  return {
    completed: median(completed) - modelMs,
    "first-delta": median(firstDelta) - modelMs,
    cpu: cpuPerTurn,
  };
}
