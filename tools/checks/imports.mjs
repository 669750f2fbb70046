// Packages may import in one direction only; see ARCHITECTURE.md.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { root } from "../run/repository.mjs";

/** What each package may import of ours, in its sources. Tests may use the simulator besides. */
const allowed = {
  "packages/protocol": [],
  "packages/login": ["protocol"],
  "packages/client": ["protocol"],
  "packages/exec": ["protocol", "client"],
  "packages/agent": ["protocol", "login", "client", "exec"],
  "packages/simulator": ["protocol"],
  "apps/app-server": ["protocol", "login", "client", "exec", "agent", "simulator"],
};

/** Inside the app, only the demonstration may use the simulator. */
const simulatorUsers = join("apps", "app-server", "src", "demo");

/** @type {string[]} */
const faults = [];
for (const [folder, names] of Object.entries(allowed)) {
  for (const file of await sources(join(root, folder))) {
    const path = relative(root, file);
    const isTest = /\.test\.ts$|[/\\]test[/\\]/.test(path);
    for (const [, name = "", subpath = ""] of (await readFile(file, "utf8")).matchAll(
      /(?:from |import\()"@switchboard\/([a-z-]+)([^"]*)"/g,
    )) {
      const isSimulator = name === "simulator";
      if (isTest && (isSimulator || `packages/${name}` === folder || `apps/${name}` === folder)) continue;
      if (!names.some((each) => each === name)) faults.push(`${path}: imports @switchboard/${name}`);
      if (isSimulator && !path.startsWith(simulatorUsers))
        faults.push(`${path}: only tests and the demonstration use the simulator`);
      if (/^\/(src|dist)/.test(subpath)) faults.push(`${path}: imports the inside of @switchboard/${name}`);
    }
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

/**
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
async function sources(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[/\\](node_modules|dist|generated)[/\\]/.test(path));
}
