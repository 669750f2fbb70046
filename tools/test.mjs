// `npm test`: every check and every test, in one run. Prints `N passed, N failed` last.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, runTool } from "./run/child.mjs";
import { build, install } from "./run/prepare.mjs";

await install();

/** @type {readonly (readonly [name: string, check: () => Promise<number>])[]} */
const checks = [
  ["build", () => build({ fresh: true, quiet: true })],
  [
    "types",
    () => runTool("turbo/bin/turbo", ["run", "check:types", "--force", "--output-logs=errors-only"], { quiet: true }),
  ],
  ["format", () => runTool("oxfmt/bin/oxfmt", ["--check"], { quiet: true })],
  ["lint", () => runTool("oxlint/bin/oxlint", ["--type-aware", "--deny-warnings"], { quiet: true })],
  ["unused code and dependencies", () => runTool("knip/bin/knip.js", [], { quiet: true })],
  ["workspace manifests", () => run(process.execPath, ["tools/checks/manifests.mjs"], { quiet: true })],
  ["package exports", () => run(process.execPath, ["tools/checks/published.mjs"], { quiet: true })],
  ["import directions", () => run(process.execPath, ["tools/checks/imports.mjs"], { quiet: true })],
  [
    "generated protocol files",
    () => run(process.execPath, ["tools/sync-protocol/generate.mjs", "--check"], { quiet: true }),
  ],
  ["generated documentation", () => run(process.execPath, ["tools/docs/identity.mjs", "--check"], { quiet: true })],
  ["packed app installs and runs", () => run(process.execPath, ["tools/checks/packed-app.mjs"], { quiet: true })],
];

let passed = 0;
let failed = 0;
for (const [name, check] of checks) {
  const ok = (await check()) === 0;
  console.log(`${ok ? "✓" : "✗"} ${name}`);
  if (ok) passed += 1;
  else failed += 1;
}

const tests = await runTests();
passed += tests.passed;
failed += tests.failed;
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

/** All tests, uncached. A file that cannot be loaded, or a runner that breaks, counts as a failure. */
async function runTests() {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-results-"));
  const report = join(folder, "results.json");
  const code = await runTool("vitest/vitest.mjs", [
    "run",
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(await readFile(report, "utf8"));
    const failures = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0, code === 0 ? 0 : 1);
    return { passed: numPassedTests, failed: failures };
  } catch (error) {
    console.error(`the tests left no results: ${String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
