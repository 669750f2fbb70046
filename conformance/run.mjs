// `npm test`: runs each client and prints a line for each case. `node run.mjs tui` runs the clients whose file's name
// has this in it; `--reference` puts Codex's own server in place of ours.
import { access } from "node:fs/promises";

import * as acp from "./clients/codex-acp.mjs";
import * as aiSdk from "./clients/ai-sdk.mjs";
import * as sharedServer from "./clients/shared-server.mjs";
import * as tuiApprovals from "./clients/tui-approvals.mjs";
import * as tuiCommands from "./clients/tui-commands.mjs";
import * as tuiModes from "./clients/tui-modes.mjs";
import * as tuiTogether from "./clients/tui-together.mjs";
import * as tui from "./clients/tui.mjs";
import { startModel } from "./support/model.mjs";
import { simulator, switchboard } from "./support/places.mjs";
import { killAll } from "./support/processes.mjs";
import { Report } from "./support/report.mjs";

const clients = {
  tui,
  "tui-approvals": tuiApprovals,
  "tui-commands": tuiCommands,
  "tui-modes": tuiModes,
  "tui-together": tuiTogether,
  "ai-sdk": aiSdk,
  "codex-acp": acp,
  "shared-server": sharedServer,
};
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

for (const file of [switchboard, simulator]) {
  await access(file).catch(() => {
    console.error(`${file} is missing: run \`npm run build\` in the repository first.`);
    process.exit(1);
  });
}
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const report = new Report();
for (const [file, client] of Object.entries(clients)) {
  if (wanted.length > 0 && !wanted.some((part) => file.includes(part))) continue;
  const why = await client.missing();
  if (why !== undefined) {
    report.skip(client.name, why);
    continue;
  }
  const model = await startModel();
  try {
    const check = report.checkOf(client.name);
    report.refused(await client.run({ model, check, warn: (text) => report.warn(text) }));
  } finally {
    await model.close();
  }
}
console.log(report.summary());
process.exit(report.failed === 0 ? 0 : 1);
