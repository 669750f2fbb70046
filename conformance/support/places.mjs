import { createRequire } from "node:module";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** The built program that is tested. */
export const switchboard = fileURLToPath(new URL("../../apps/app-server/dist/cli.js", import.meta.url));

/** The stand-in model, built. */
export const simulator = fileURLToPath(new URL("../../packages/simulator/dist/index.js", import.meta.url));

/** The folder of the stand-ins for `codex` that clients are pointed at. */
export const shims = fileURLToPath(new URL("../shims", import.meta.url));

/** Codex's own launcher, or undefined when `@openai/codex` is not installed here. */
export const codex = installed("@openai/codex/package.json", "../bin/codex.js");

/** The ACP adapter's script, or undefined when it is not installed here. */
export const codexAcp = installed("@agentclientprotocol/codex-acp/package.json", "../dist/index.js");

/**
 * Whether a package can be imported from here.
 *
 * @param {string} name
 */
export function isInstalled(name) {
  try {
    return import.meta.resolve(name) !== "";
  } catch {
    return false;
  }
}

/**
 * Whether a program is in the PATH.
 *
 * @param {string} program
 */
export async function isInPath(program) {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, program))));
  return found.some(({ status }) => status === "fulfilled");
}

/**
 * A file of an installed package, which need not be among its exports.
 *
 * @param {string} manifest
 * @param {string} path from the manifest
 */
function installed(manifest, path) {
  try {
    return join(require.resolve(manifest), path);
  } catch {
    return undefined;
  }
}
