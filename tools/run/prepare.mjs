import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runNpm, runTool } from "./child.mjs";
import { root } from "./repository.mjs";

const lockFile = join(root, "package-lock.json");

/** Says which lock file the installed packages are of. */
const stampFile = join(root, "node_modules", ".switchboard-installed");

/** The oldest Node that works. */
const [minMajor, minMinor] = [20, 19];

/** Installs what is needed, if the lock file says that something is missing. Ends the process when that fails. */
export async function install() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < minMajor || (major === minMajor && minor < minMinor)) {
    console.error(`Switchboard needs Node ${minMajor}.${minMinor} or later; this is ${process.version}.`);
    process.exit(1);
  }
  const wanted = createHash("sha256")
    .update(await readFile(lockFile))
    .digest("hex");
  if (wanted === (await readFile(stampFile, "utf8").catch(() => ""))) return;
  console.log("Installing dependencies …");
  // Not `npm ci`: it refuses a lock file that lacks the native parts for other platforms, which a registry
  // need not have. What the lock file names is installed as it says, and the file is left alone.
  if ((await runNpm(["install", "--no-save", "--no-audit", "--no-fund"])) !== 0) {
    console.error("npm install failed: nothing can be built. Its output above says why.");
    process.exit(1);
  }
  await writeFile(stampFile, wanted);
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
