import { CpuMeter } from "../load/cpu-meter.js";
import { at } from "../narrow.js";
import type { Row } from "../row.js";
import { EXEC_SERVER } from "../server/server-kind.js";
import { median } from "../statistics.js";

const WARM_UP = 20;
const MEASURED = 200;

/** The shortest process there is, from the request to the news that it has exited, one after the other. */
export const execProcess: Row = {
  id: "exec-process",
  figures: [
    { id: "time", title: "exec-server `process/start` of `true` → exited, p50", unit: "ms" },
    { id: "cpu", title: "the same, CPU each", unit: "ms" },
  ],
  async run(context) {
    const server = await context.launch(EXEC_SERVER);
    const client = await server.connect();
    let exited: (processId: unknown) => void = () => {};
    client.onNotification = (method, params) => {
      if (method === "process/exited") exited(at(params, "processId"));
    };
    const run = async (processId: string): Promise<number> => {
      const ended = new Promise<void>((resolve) => {
        exited = (id) => {
          if (id === processId) resolve();
        };
      });
      const startedAt = performance.now();
      await client.request("process/start", {
        processId,
        argv: ["true"],
        cwd: "file:///",
        env: { PATH: "/usr/bin:/bin" },
        tty: false,
      });
      await ended;
      return performance.now() - startedAt;
    };
    for (let count = 0; count < WARM_UP; count += 1) await run(`warm-up-${count}`);
    const cpu = await CpuMeter.start(server);
    const times: number[] = [];
    for (let count = 0; count < MEASURED; count += 1) times.push(await run(`measured-${count}`));
    return { time: median(times), cpu: cpu.per(MEASURED) };
  },
};
