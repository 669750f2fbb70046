import { cpus, totalmem } from "node:os";
import { verdict, type FigureResult } from "../results.js";

/** Everything measured, for machines. Commands are left out: they name paths of this machine. */
export function jsonReport(results: readonly FigureResult[], judged: string): string {
  const report = {
    measuredAt: new Date().toISOString(),
    machine: {
      platform: `${process.platform}-${process.arch}`,
      cpus: cpus().length,
      cpu: cpus()[0]?.model ?? "unknown",
      memoryMib: Math.round(totalmem() / 2 ** 20),
      node: process.version,
    },
    figures: results.map(({ row, figure, series }) => ({
      row,
      figure: figure.id,
      title: figure.title,
      unit: figure.unit,
      budget: figure.budget ?? null,
      verdict: verdict(figure, series.find((each) => each.server === judged)?.summary) ?? null,
      servers: Object.fromEntries(
        series.map(({ server, values, summary, errors }) => [server, { ...summary, values, errors }]),
      ),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
