import { CpuMeter } from "../load/cpu-meter.js";
import { pipeline } from "../load/pipeline.js";
import type { RpcClient } from "../load/rpc-client.js";
import { at } from "../narrow.js";
import type { Row, RunContext } from "../row.js";
import type { RunningServer } from "../server/running-server.js";
import { EXEC_SERVER } from "../server/server-kind.js";
import { median } from "../statistics.js";

const IN_FLIGHT = 32;
const WARM_UP_MS = 1_000;
const DURATION_MS = 3_000;

/** The exec-server fetching a small page from another process, one request after the other. */
export const execHttpSequential: Row = {
  id: "exec-http",
  figures: [
    {
      id: "time",
      title: "exec-server `http/request`, sequential, p50",
      unit: "ms",
      budget: { atMost: 0.5 },
    },
    { id: "cpu", title: "the same, CPU each", unit: "µs" },
  ],
  async run(context) {
    const { server, client, params } = await start(context);
    const sendFor = async (durationMs: number): Promise<number[]> => {
      const times: number[] = [];
      const end = performance.now() + durationMs;
      for (let now = performance.now(); now < end;) {
        await client.request("http/request", params);
        const answeredAt = performance.now();
        times.push(answeredAt - now);
        now = answeredAt;
      }
      return times;
    };
    await sendFor(WARM_UP_MS);
    const cpu = await CpuMeter.start(server);
    const times = await sendFor(DURATION_MS);
    return { time: median(times), cpu: cpu.per(times.length / 1000) };
  },
};

/** The same with 32 requests in flight on one connection, which the server may work off one by one. */
export const execHttpPipelined: Row = {
  id: "exec-http-32",
  figures: [
    {
      id: "rate",
      title: `exec-server \`http/request\`, ${IN_FLIGHT} in flight, requests per second`,
      unit: "/s",
      budget: { atLeast: 7_000 },
    },
    { id: "cpu", title: "the same, CPU each", unit: "µs" },
  ],
  async run(context) {
    const { server, client, params } = await start(context);
    const text = `"method":"http/request","params":${JSON.stringify(params)}`;
    await pipeline(client, text, IN_FLIGHT, WARM_UP_MS);
    const cpu = await CpuMeter.start(server);
    const { answered, elapsedMs } = await pipeline(client, text, IN_FLIGHT, DURATION_MS);
    return { rate: (answered * 1000) / elapsedMs, cpu: cpu.per(answered / 1000) };
  },
};

const LARGE_MIB = 64;

/** A body of 64 MiB handed on piece by piece as it comes. */
export const execHttpStreamed: Row = {
  id: "exec-http-stream",
  figures: [
    { id: "rate", title: `exec-server \`http/request\`, streamed body of ${LARGE_MIB} MiB`, unit: "MiB/s" },
    { id: "cpu", title: "the same, CPU per MiB", unit: "ms" },
    { id: "memory", title: "the same, server's memory afterwards", unit: "MiB" },
  ],
  async run(context) {
    const { server, client, params } = await start(context);
    const url = `${context.model.url}/large`;
    const fetchLarge = async (requestId: string): Promise<void> => {
      const done = new Promise<void>((resolve) => {
        client.onNotification = (_method, delta) => {
          if (at(delta, "requestId") === requestId && at(delta, "done") === true) resolve();
        };
      });
      await client.request("http/request", { ...params, url, requestId, streamResponse: true });
      await done;
    };
    await fetchLarge("warm-up");
    const cpu = await CpuMeter.start(server);
    const startedAt = performance.now();
    await fetchLarge("measured");
    const seconds = (performance.now() - startedAt) / 1000;
    const cpuEach = cpu.per(LARGE_MIB);
    const kib = await server.settledKib();
    return { rate: LARGE_MIB / seconds, cpu: cpuEach, memory: kib === undefined ? undefined : kib / 1024 };
  },
};

async function start(context: RunContext): Promise<{ server: RunningServer; client: RpcClient; params: object }> {
  const server = await context.launch(EXEC_SERVER);
  const client = await server.connect();
  const params = { method: "GET", url: `${context.model.url}/small`, requestId: "bench" };
  const status = at(await client.request("http/request", params), "status");
  if (status !== 200) throw new Error(`http/request gave status ${String(status)}`);
  return { server, client, params };
}
