import { CpuMeter } from "../load/cpu-meter.js";
import { expectDeltas } from "../load/expect-deltas.js";
import type { Row } from "../row.js";

const SUBSCRIBERS = 20;
const DELTAS = 2_000;
const ROUNDS = 3;

/** One turn that twenty connections watch: its owner, and nineteen that resumed the thread. */
export const fanOut: Row = {
  id: "fan-out",
  figures: [
    {
      id: "rate",
      title: "fan-out of 2,000 deltas to 20 subscribers, deliveries per second",
      unit: "/s",
      budget: { atLeast: 110_000 },
    },
    { id: "cpu", title: "the same, CPU per 1,000 deliveries", unit: "ms" },
  ],
  async run(context) {
    await context.model.reply({ kind: "deltas", count: DELTAS });
    const server = await context.launch();
    const owner = await server.connect();
    const others = await server.connectMany(SUBSCRIBERS - 1);
    const threadId = await owner.startThread();
    // A thread can be resumed once it has a first turn.
    await owner.turn(threadId);
    for (const other of others) await other.request("thread/resume", { threadId });

    const round = async (): Promise<number> => {
      const watching = others.map(async (other) => other.watchTurn());
      const own = await owner.turn(threadId);
      const all = [own, ...(await Promise.all(watching))];
      for (const times of all) expectDeltas(times, DELTAS);
      return Math.max(...all.map((times) => times.completedAt)) - own.startedAt;
    };
    await round();
    const cpu = await CpuMeter.start(server);
    let elapsedMs = 0;
    for (let count = 0; count < ROUNDS; count += 1) elapsedMs += await round();
    const total = SUBSCRIBERS * DELTAS * ROUNDS;
    return { rate: (total * 1000) / elapsedMs, cpu: cpu.per(total / 1000) };
  },
};
