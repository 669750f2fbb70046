// Before `npm pack` of the app: puts our packages, which no registry has, into its node_modules as real
// folders, so that npm bundles them. `--undo` after it takes them out again.
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { root } from "../run/repository.mjs";

const app = join(root, "apps", "app-server");
const { bundleDependencies } = JSON.parse(await readFile(join(app, "package.json"), "utf8"));

for (const name of bundleDependencies) {
  const target = join(app, "node_modules", name);
  await rm(target, { recursive: true, force: true });
  if (process.argv.includes("--undo")) continue;
  const source = join(root, "packages", name.replace("@switchboard/", ""));
  await mkdir(target, { recursive: true });
  await cp(join(source, "package.json"), join(target, "package.json"));
  await cp(join(source, "dist"), join(target, "dist"), { recursive: true });
}
