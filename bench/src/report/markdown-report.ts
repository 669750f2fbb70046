import type { FigureResult } from "../results.js";
import { formatBudget, formatSeries } from "./format.js";

/** The table of the README: work, the servers, budget. */
export function markdownReport(results: readonly FigureResult[], servers: readonly string[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(["work", ...servers, "budget"]),
    row(["---", ...servers.map(() => "---"), "---"]),
    ...results.map(({ figure, series }) =>
      row([
        figure.title,
        ...series.map((each) => formatSeries(each, figure.unit).replaceAll("|", "\\|")),
        formatBudget(figure.budget, figure.unit),
      ]),
    ),
  ].join("\n");
}
