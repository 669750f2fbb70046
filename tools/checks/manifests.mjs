// Every dependency has an exact version, and every package asks for the same Node and licence.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { runTool } from "../run/child.mjs";
import { root } from "../run/repository.mjs";

/** @type {string[]} */
const faults = [];
const top = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
for (const folder of await workspaces(top.workspaces)) {
  const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
  if (manifest.engines?.node !== top.engines.node) faults.push(`${folder}: engines.node is not ${top.engines.node}`);
  if (manifest.license !== top.license) faults.push(`${folder}: license is not ${top.license}`);
}
for (const folder of ["", ...(await workspaces(top.workspaces))]) {
  const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
  for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))
        faults.push(`${folder || "root"}: ${name} has no exact version: ${version}`);
    }
  }
}
const lock = await readFile(join(root, "package-lock.json"), "utf8");
if (/"resolved": "https?:/.test(lock)) faults.push("package-lock.json: names the host of a registry");
for (const fault of faults) console.error(fault);
const sherif = await runTool("sherif/index.js", ["--ignore-rule", "root-package-manager-field"]);
process.exitCode = faults.length === 0 ? sherif : 1;

/** @param {readonly string[]} patterns */
async function workspaces(patterns) {
  const found = await Promise.all(
    patterns.map(async (pattern) => {
      if (!pattern.endsWith("/*")) return [pattern];
      const parent = pattern.slice(0, -2);
      return (await readdir(join(root, parent))).map((name) => join(parent, name));
    }),
  );
  return found.flat();
}
