// `npm run lint`: lint and format, and `npm run lint -- --fix` to mend what can be mended.
import { build, install } from "./run/prepare.mjs";
import { runTool } from "./run/child.mjs";

const fix = process.argv.includes("--fix");
await install();
// Types of other packages come from their builds.
const codes = [
  await build({ quiet: true }),
  await runTool("oxfmt/bin/oxfmt", fix ? [] : ["--check"]),
  await runTool("oxlint/bin/oxlint", ["--type-aware", "--deny-warnings", ...(fix ? ["--fix"] : [])]),
];
process.exitCode = Math.max(...codes);
