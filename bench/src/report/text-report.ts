import { verdict, type FigureResult } from "../results.js";
import { formatBudget, formatSeries } from "./format.js";

/** The table for a terminal. The verdict is about `judged`, our own server. */
export function textReport(results: readonly FigureResult[], servers: readonly string[], judged: string): string {
  const header = ["work", ...servers, "budget", ""];
  const lines = results.map(({ figure, series }) => [
    figure.title.replaceAll("`", ""),
    ...series.map((each) => formatSeries(each, figure.unit)),
    formatBudget(figure.budget, figure.unit),
    verdict(figure, series.find((each) => each.server === judged)?.summary) ?? "",
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => (line[column] ?? "").length)));
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [header, rule, ...lines].map(print).join("\n");
}
