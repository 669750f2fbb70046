import type { Series } from "../results.js";
import type { Budget, Unit } from "../row.js";

/** A number with three digits that mean something, and its unit. */
function formatValue(value: number, unit: Unit): string {
  return `${formatNumber(value)}${unit === "/s" ? "/s" : ` ${unit}`}`;
}

/** Longest error in a table; the whole text was printed when it happened and is in the JSON. */
const LONGEST_ERROR = 50;

/** Median and spread of a series, or why there is none. */
export function formatSeries(series: Series, unit: Unit): string {
  const { summary, errors } = series;
  if (summary === undefined) return errors[0] === undefined ? "n/a" : `failed: ${shorten(errors[0])}`;
  const spread = `(${formatNumber(summary.min)}–${formatNumber(summary.max)})`;
  const failed = errors[0] === undefined ? "" : ` (a run failed: ${shorten(errors[0])})`;
  return `${formatValue(summary.median, unit)} ${spread}${failed}`;
}

/** A budget as text. */
export function formatBudget(budget: Budget | undefined, unit: Unit): string {
  if (budget === undefined) return "";
  return "atMost" in budget ? `≤ ${formatValue(budget.atMost, unit)}` : `≥ ${formatValue(budget.atLeast, unit)}`;
}

function shorten(error: string): string {
  const line = error.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST_ERROR ? line : `${line.slice(0, LONGEST_ERROR - 1)}…`;
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
