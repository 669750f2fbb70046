import { stat } from "node:fs/promises";
import { join } from "node:path";

import { runNpm, runTool } from "./child.mjs";
import { root } from "./repository.mjs";

/** The oldest Node that works. */
const [minMajor, minMinor] = [20, 19];

/** Installs what is needed, if the lock file says that something is missing. Ends the process when that fails. */
export async function install() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < minMajor || (major === minMajor && minor < minMinor)) {
    console.error(`Switchboard needs Node ${minMajor}.${minMinor} or later; this is ${process.version}.`);
    process.exit(1);
  }
  const [installed, locked] = await Promise.all([
    modified("node_modules/.package-lock.json"),
    modified("package-lock.json"),
  ]);
  if (installed >= locked && installed > 0) return;
  console.log("Installing dependencies …");
  if ((await runNpm(["ci", "--no-audit", "--no-fund"])) !== 0) {
    console.error("npm ci failed: nothing can be built. Its output above says why.");
    process.exit(1);
  }
}

/**
 * Builds the packages; what has not changed comes from the cache.
 *
 * @param {{ fresh?: boolean, quiet?: boolean }} [options] `fresh` ignores the cache
 * @returns {Promise<number>} the exit code
 */
export function build({ fresh = false, quiet = false } = {}) {
  const args = ["run", "build", "--output-logs=errors-only", ...(fresh ? ["--force"] : [])];
  return runTool("turbo/bin/turbo", args, { env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" }, quiet });
}

/** Installs and builds; ends the process when either fails. */
export async function prepare() {
  await install();
  const code = await build({ quiet: true });
  if (code !== 0) process.exit(code);
}

/** @param {string} file */
async function modified(file) {
  return (await stat(join(root, file)).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
}
