import { CpuMeter } from "../load/cpu-meter.js";
import { pipeline } from "../load/pipeline.js";
import type { Budget, Row } from "../row.js";

const IN_FLIGHT = 64;
const WARM_UP_MS = 1_000;
const DURATION_MS = 3_000;

/** A request that needs hardly any work, 64 in flight on one connection. */
function pipelined(id: string, method: string, budget?: Budget): Row {
  return {
    id,
    figures: [
      {
        id: "rate",
        title: `\`${method}\`, ${IN_FLIGHT} in flight, requests per second`,
        unit: "/s",
        ...(budget === undefined ? {} : { budget }),
      },
      { id: "cpu", title: "the same, CPU each", unit: "µs" },
    ],
    async run(context) {
      const server = await context.launch();
      const client = await server.connect();
      const text = `"method":"${method}","params":{}`;
      await pipeline(client, text, IN_FLIGHT, WARM_UP_MS);
      const cpu = await CpuMeter.start(server);
      const { answered, elapsedMs } = await pipeline(client, text, IN_FLIGHT, DURATION_MS);
      // Milliseconds per thousand are microseconds each.
      return { rate: (answered * 1000) / elapsedMs, cpu: cpu.per(answered / 1000) };
    },
  };
}

/** The cheapest request there is. */
export const loadedList = pipelined("loaded-list", "thread/loaded/list", { atLeast: 45_000 });

/** A cheap request with a long answer. */
export const modelList = pipelined("model-list", "model/list");
