// A stand-in for `codex` that runs the server under test as it is and records what passes on stdin and stdout.
// node stdio.mjs RECORD NAME SERVER… -- ARGUMENTS…
import { spawn } from "node:child_process";

import { forEachLine } from "../support/lines.mjs";
import { recorder } from "../support/wire.mjs";

const [folder = "", name = "", ...rest] = process.argv.slice(2);
const split = rest.indexOf("--");
const [program = "", ...first] = rest.slice(0, split);
const args = rest.slice(split + 1);

const child = spawn(program, [...first, ...args], { stdio: ["pipe", "pipe", "inherit"] });
if (args.includes("app-server") && !args.includes("--help")) {
  const record = recorder(folder, `${name}-${process.pid}`);
  forEachLine(process.stdin, (line) => record("client", line));
  forEachLine(child.stdout, (line) => record("server", line));
}
process.stdin.pipe(child.stdin);
child.stdout.pipe(process.stdout);
child.stdin.on("error", () => {});
for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"])) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});
