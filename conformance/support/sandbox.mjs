import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Folders of one client's run: an empty HOME, a CODEX_HOME for the server and one for the client, a project, one for
 * temporary files, and the record of what went over the wire.
 *
 * @typedef {object} Sandbox
 * @property {string} root
 * @property {string} home
 * @property {string} serverHome CODEX_HOME of the server; its model provider is the stand-in model
 * @property {string} clientHome CODEX_HOME of a client that has one
 * @property {string} project a trusted project
 * @property {string} wire see wire.mjs
 * @property {Record<string, string>} environment all that the server gets of the environment
 * @property {Record<string, string>} clientEnvironment all that a client gets of it
 * @property {() => Promise<void>} remove
 */

/**
 * Makes the folders. The names are short, because a unix socket's path may have 107 bytes.
 *
 * @param {string} modelUrl base URL of the model
 * @returns {Promise<Sandbox>}
 */
export async function makeSandbox(modelUrl) {
  const root = await mkdtemp(join(tmpdir(), "sbc-"));
  const folder = (/** @type {string} */ name) => join(root, name);
  const names = ["home", "server", "client", "project", "tmp", "wire"];
  const [home, serverHome, clientHome, project, temporary, wire] = names.map(folder);
  for (const name of names) await mkdir(folder(name));
  const trusted = `[projects.${JSON.stringify(project)}]\ntrust_level = "trusted"\n`;
  await writeFile(
    join(serverHome, "config.toml"),
    `model = "mock-model"
model_provider = "mock"

[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "MOCK_KEY"

${trusted}`,
  );
  await writeFile(join(clientHome, "config.toml"), `check_for_update_on_startup = false\n\n${trusted}`);
  const common = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: home,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    // Codex's own server has no sandbox when its CODEX_HOME is below the folder of temporary files.
    TMPDIR: temporary,
  };
  return {
    root,
    home,
    serverHome,
    clientHome,
    project,
    wire,
    environment: { ...common, CODEX_HOME: serverHome, MOCK_KEY: "x" },
    clientEnvironment: { ...common, CODEX_HOME: clientHome },
    remove: async () => {
      if (process.argv.includes("--keep")) console.log(`  kept ${root}; the messages are in ${wire}`);
      else await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
