// The manifests and builds of all packages that others install.
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { runTool } from "../run/child.mjs";
import { root } from "../run/repository.mjs";

const packages = (await readdir(join(root, "packages"))).map((name) => join("packages", name));
let worst = 0;
for (const folder of [...packages, join("apps", "app-server")]) {
  worst = Math.max(worst, await runTool("publint/src/cli.js", ["run", folder, "--strict"]));
}
process.exitCode = worst;
