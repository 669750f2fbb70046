import type { Row } from "../row.js";

/** Resident memory with one initialized connection that does nothing. */
export const idleMemory: Row = {
  id: "idle-memory",
  figures: [
    {
      id: "memory",
      title: "idle memory after `initialize`",
      unit: "MiB",
      budget: { atMost: 80 },
    },
  ],
  async run(context) {
    const server = await context.launch();
    await server.connect();
    const kib = await server.settledKib();
    return { memory: kib === undefined ? undefined : kib / 1024 };
  },
};
