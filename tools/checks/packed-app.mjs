// `npm pack` of the app installs in an empty folder, runs as a program and works as a library.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, runNpm } from "../run/child.mjs";
import { root } from "../run/repository.mjs";

const library = `
import { createAppServer } from "@switchboard/app-server";
const server = await createAppServer({ codexHome: "home" });
const client = server.connect();
const { userAgent } = await client.initialize({ name: "packed", version: "1" });
await server.close();
if (!userAgent.startsWith("packed/0.169.0 ")) throw new Error(userAgent);
`;

const folder = await mkdtemp(join(tmpdir(), "switchboard-pack-"));
try {
  await must(runNpm(["pack", "--silent", "--pack-destination", folder], { cwd: join(root, "apps", "app-server") }));
  const [tarball = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await must(
    runNpm(["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`], { cwd: folder }),
  );
  const app = join(folder, "node_modules", "@switchboard", "app-server", "dist");
  await must(run(process.execPath, [join(app, "cli.js"), "demo", "--once"], { cwd: folder }));
  await writeFile(join(folder, "library.js"), library);
  await must(run(process.execPath, ["library.js"], { cwd: folder }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {Promise<number>} code */
async function must(code) {
  if ((await code) !== 0) process.exit(1);
}
