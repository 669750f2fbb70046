import { writeFileSync } from "node:fs";
import { ModelProcess } from "./model/model-process.js";
import { helpText, parseOptions, type Options } from "./options.js";
import { jsonReport } from "./report/json-report.js";
import { markdownReport } from "./report/markdown-report.js";
import { textReport } from "./report/text-report.js";
import { verdict } from "./results.js";
import type { Row } from "./row.js";
import { allRows } from "./rows/all-rows.js";
import { runRows } from "./run-rows.js";
import { commandWords, ownCommand, type ServerCommand } from "./server/command.js";

const OURS = "Switchboard";
const OTHER = "reference";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const rows = allRows(options.connections);
  if (options.isHelp) {
    process.stdout.write(helpText(rows.map((row) => row.id)));
    return;
  }
  const servers = chosenServers(options);
  const plan = {
    rows: chosenRows(rows, options.only),
    servers,
    runs: options.runs,
    progress: (line: string): void => void process.stderr.write(`${line}\n`),
  };
  const model = await ModelProcess.start();
  try {
    const results = await runRows(plan, model);
    const labels = servers.map((server) => server.label);
    const table = options.isMarkdown ? markdownReport(results, labels) : textReport(results, labels, OURS);
    process.stdout.write(`${table}\n`);
    if (options.json !== undefined) writeFileSync(options.json, jsonReport(results, OURS));
    const isBad = results.some(({ figure, series }) =>
      series.some(
        (each) => each.errors.length > 0 || (each.server === OURS && verdict(figure, each.summary) === "OVER"),
      ),
    );
    if (options.isCheck && isBad) process.exitCode = 1;
  } finally {
    model.stop();
  }
}

/** The reference comes first, as in the README's table. */
function chosenServers(options: Options): ServerCommand[] {
  const servers: ServerCommand[] = [];
  if (options.vs !== undefined) servers.push({ label: OTHER, isOurs: false, words: commandWords(options.vs) });
  if (options.ours !== "none") {
    const words = options.ours === undefined ? ownCommand() : commandWords(options.ours);
    if (words === undefined) throw new Error("Our server is not built: run npm run build first");
    servers.push({ label: OURS, isOurs: true, words });
  }
  if (servers.length === 0) throw new Error("Nothing to measure: --ours none without --vs");
  return servers;
}

function chosenRows(rows: readonly Row[], only: readonly string[]): readonly Row[] {
  const ids = rows.map((row) => row.id);
  const unknown = only.filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new Error(`No row is called ${unknown.join(", ")}; there are ${ids.join(", ")}`);
  }
  return only.length === 0 ? rows : rows.filter((row) => only.includes(row.id));
}

// An interrupted benchmark still runs its exit handlers, which kill the servers.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
