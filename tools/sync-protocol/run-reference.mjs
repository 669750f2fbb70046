// Installs the reference in a temporary folder and lets it describe its own protocol. Nothing of the user's
// home is read: HOME and CODEX_HOME point into the same temporary folder.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** @typedef {{ experimental: any, stable: any, typescript: string }} Generated */

/**
 * @template T
 * @param {{ version: string, binary: string | undefined }} source the published version, or an installed binary
 * @param {(generated: Generated) => T} use runs before the temporary folder goes
 * @returns {T}
 */
export function withReference({ version, binary }, use) {
  const folder = mkdtempSync(path.join(tmpdir(), "sync-protocol-"));
  try {
    const home = path.join(folder, "home");
    mkdirSync(home);
    const codex = binary ?? install(folder, version);
    checkVersion(codex, home, version);
    return use({
      experimental: generateSchema(codex, home, folder, ["--experimental"]),
      stable: generateSchema(codex, home, folder, []),
      typescript: generate(codex, home, path.join(folder, "typescript"), "generate-ts", ["--experimental"]),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} version
 */
function install(folder, version) {
  const prefix = path.join(folder, "install");
  mkdirSync(prefix);
  execFileSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", prefix, `@openai/codex@${version}`],
    {
      cwd: prefix,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  return path.join(prefix, "node_modules", ".bin", "codex");
}

/**
 * @param {string} codex
 * @param {string} home
 * @param {string} version
 */
function checkVersion(codex, home, version) {
  const answer = execFileSync(codex, ["--version"], {
    env: environment(home),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (!answer.trim().endsWith(version)) throw new Error(`the binary is ${answer.trim()}, not ${version}`);
}

/**
 * @param {string} codex
 * @param {string} home
 * @param {string} folder
 * @param {string[]} flags
 */
function generateSchema(codex, home, folder, flags) {
  const out = generate(codex, home, path.join(folder, `schema${flags.join("")}`), "generate-json-schema", flags);
  return JSON.parse(readFileSync(path.join(out, "codex_app_server_protocol.schemas.json"), "utf8"));
}

/**
 * @param {string} codex
 * @param {string} home
 * @param {string} out
 * @param {string} command
 * @param {string[]} flags
 */
function generate(codex, home, out, command, flags) {
  execFileSync(codex, ["app-server", command, "--out", out, ...flags], { env: environment(home), stdio: "ignore" });
  return out;
}

/** @param {string} home */
function environment(home) {
  return { PATH: process.env["PATH"], HOME: home, CODEX_HOME: home };
}
