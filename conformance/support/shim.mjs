import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { shims } from "./places.mjs";

/**
 * Writes an executable named `codex` that a client can be pointed at. It starts one of our shims with a clean
 * environment, whatever the client would hand down.
 *
 * @param {import("./sandbox.mjs").Sandbox} sandbox
 * @param {{ name: string, script: "stdio.mjs" | "shared.mjs", args: readonly string[] }} options `name` tells
 *   several clients apart in the record
 * @returns {Promise<string>} its path
 */
export async function writeShim(sandbox, { name, script, args }) {
  const folder = join(sandbox.root, `bin-${name}`);
  await mkdir(folder);
  const path = join(folder, "codex");
  const environment = Object.entries(sandbox.environment).map(([key, value]) => `${key}=${value}`);
  const command = ["env", "-i", ...environment, process.execPath, join(shims, script), sandbox.wire, name, ...args];
  await writeFile(path, `#!/bin/sh\nexec ${command.map(quoted).join(" ")} -- "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** @param {string} word */
function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
