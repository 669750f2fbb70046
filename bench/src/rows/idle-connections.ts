import { readFileSync } from "node:fs";
import type { Row } from "../row.js";

/** Descriptors a process needs besides those of the connections. */
const SPARE_DESCRIPTORS = 100;

/** Connections that are opened, initialized and then do nothing. */
export function idleConnections(count: number): Row {
  const many = count.toLocaleString("en");
  return {
    id: `connections-${count}`,
    figures: [
      { id: "open", title: `open and \`initialize\` ${many} connections`, unit: "s" },
      {
        id: "each",
        title: `memory per idle connection, at ${many}`,
        unit: "KiB",
        budget: { atMost: 30 },
      },
      { id: "total", title: `memory at ${many} connections`, unit: "MiB" },
    ],
    async run(context) {
      const limit = openFilesLimit();
      if (limit < count + SPARE_DESCRIPTORS) {
        throw new Error(`Needs ${count + SPARE_DESCRIPTORS} open files, the limit is ${limit}`);
      }
      const server = await context.launch();
      await server.connect();
      const before = await server.settledKib();
      const startedAt = performance.now();
      await server.connectMany(count);
      const seconds = (performance.now() - startedAt) / 1000;
      const after = await server.settledKib(3_000);
      if (before === undefined || after === undefined) {
        return { open: seconds, each: undefined, total: undefined };
      }
      return { open: seconds, each: (after - before) / count, total: after / 1024 };
    },
  };
}

/** Our own limit, which the server inherits. Node has already raised the soft limit to the hard one. */
function openFilesLimit(): number {
  if (process.platform !== "linux") return Number.POSITIVE_INFINITY;
  const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
