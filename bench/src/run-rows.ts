import { gather, type FigureResult, type RunOutcome } from "./results.js";
import type { Model, Row, RunContext } from "./row.js";
import { coldStartMs } from "./server/cold-start.js";
import type { ServerCommand } from "./server/command.js";
import { RunningServer } from "./server/running-server.js";
import { APP_SERVER } from "./server/server-kind.js";
import { createTemporaryHome } from "./server/temporary-home.js";

/** What is measured. */
export interface RunPlan {
  readonly rows: readonly Row[];
  readonly servers: readonly ServerCommand[];
  /** Runs per row and server unless the row wants more; undefined leaves it to the rows. */
  readonly runs: number | undefined;
  /** Told what is going on. */
  readonly progress: (line: string) => void;
}

const USUAL_RUNS = 3;
const USUAL_TIMEOUT_MS = 120_000;

/**
 * Runs every row. The servers take turns within a row (A, B, A, B), so that whatever the machine does
 * meanwhile hits both alike. A run that fails is recorded and the rest goes on.
 */
export async function runRows(plan: RunPlan, model: Model): Promise<FigureResult[]> {
  const results: FigureResult[] = [];
  for (const row of plan.rows) {
    const runs = plan.runs ?? row.runs ?? USUAL_RUNS;
    const outcomes: RunOutcome[] = [];
    for (let run = 1; run <= runs; run += 1) {
      for (const server of plan.servers.filter(({ isOurs }) => isOurs || row.isInProcess !== true)) {
        plan.progress(`${row.id} ${run}/${runs} ${server.label}`);
        const outcome = await runOnce(row, server, model);
        if (outcome.error !== undefined) plan.progress(`  failed: ${outcome.error}`);
        outcomes.push(outcome);
      }
    }
    const labels = plan.servers.map((server) => server.label);
    results.push(...gather(row.id, row.figures, labels, outcomes));
  }
  return results;
}

async function runOnce(row: Row, server: ServerCommand, model: Model): Promise<RunOutcome> {
  const launched: RunningServer[] = [];
  const context: RunContext = {
    model,
    launch: async (kind = APP_SERVER) => {
      const running = await RunningServer.start(server, kind, model.url);
      launched.push(running);
      return running;
    },
    coldStart: async () => {
      const home = createTemporaryHome(model.url);
      try {
        const freshMs = await coldStartMs(server, home);
        return { freshMs, existingMs: await coldStartMs(server, home) };
      } finally {
        home.remove();
      }
    },
  };
  try {
    const measured = await withTimeout(row.run(context), row.timeoutMs ?? USUAL_TIMEOUT_MS);
    return { server: server.label, measured, error: undefined };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { server: server.label, measured: {}, error: message };
  } finally {
    for (const running of launched) await running.stop();
  }
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done after ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
