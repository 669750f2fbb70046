import { spawn } from "node:child_process";
import { join } from "node:path";

import { root } from "./repository.mjs";

/**
 * Runs a program in the repository's root with the terminal's own output, and gives its exit code.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, quiet?: boolean }} [options] `quiet` keeps the output back until the program fails
 * @returns {Promise<number>}
 */
export function run(program, args, { env = process.env, cwd = root, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on("data", (part) => output.push(part));
    child.stderr?.on("data", (part) => output.push(part));
    child.on("error", (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code, signal) => {
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

/**
 * Runs a program that an installed package brings, by its script, so that no shell is needed anywhere.
 *
 * @param {string} script path below node_modules
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runTool(script, args, options) {
  return run(process.execPath, [join(root, "node_modules", script), ...args], options);
}

/**
 * Runs npm: the one that runs this script, if any.
 *
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runNpm(args, options) {
  const npm = process.env["npm_execpath"];
  return npm === undefined ? run("npm", args, options) : run(process.execPath, [npm, ...args], options);
}
