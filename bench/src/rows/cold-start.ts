import type { Row } from "../row.js";

/** From spawn to the answer to initialize, over stdio. */
export const coldStart: Row = {
  id: "cold-start",
  runs: 7,
  figures: [
    {
      id: "fresh",
      title: "cold start, spawn → `initialize` answered, fresh home",
      unit: "ms",
      budget: { atMost: 150 },
    },
    { id: "existing", title: "the same, existing home", unit: "ms", budget: { atMost: 150 } },
  ],
  async run(context) {
    const { freshMs, existingMs } = await context.coldStart();
    return { fresh: freshMs, existing: existingMs };
  },
};
