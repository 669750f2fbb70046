import type { Figure } from "./row.js";
import { summarize, type Summary } from "./statistics.js";

/** Values of one figure for one server, in the order of the runs. */
export interface Series {
  readonly server: string;
  readonly values: readonly number[];
  readonly summary: Summary | undefined;
  /** Why runs failed, without repetition. */
  readonly errors: readonly string[];
}

/** One line of the report. */
export interface FigureResult {
  readonly row: string;
  readonly figure: Figure;
  readonly series: readonly Series[];
}

/** Whether a budget is kept. */
export type Verdict = "ok" | "OVER";

/** Judges a median; undefined without a budget or without a value. */
export function verdict(figure: Figure, summary: Summary | undefined): Verdict | undefined {
  if (figure.budget === undefined || summary === undefined) return undefined;
  const isKept =
    "atMost" in figure.budget ? summary.median <= figure.budget.atMost : summary.median >= figure.budget.atLeast;
  return isKept ? "ok" : "OVER";
}

/** What one run of one server gave: figures, or an error. */
export interface RunOutcome {
  readonly server: string;
  readonly measured: Readonly<Record<string, number | undefined>>;
  readonly error: string | undefined;
}

/** Gathers the runs of a row by figure and server. */
export function gather(
  row: string,
  figures: readonly Figure[],
  servers: readonly string[],
  outcomes: readonly RunOutcome[],
): FigureResult[] {
  return figures.map((figure) => ({
    row,
    figure,
    series: servers.map((server) => {
      const own = outcomes.filter((outcome) => outcome.server === server);
      const values = own.flatMap((outcome) => outcome.measured[figure.id] ?? []);
      const errors = [...new Set(own.flatMap((outcome) => outcome.error ?? []))];
      return { server, values, summary: summarize(values), errors };
    }),
  }));
}
