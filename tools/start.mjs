// `npm start`: the demonstration, on a model of this machine.
import { run } from "./run/child.mjs";
import { prepare } from "./run/prepare.mjs";

await prepare();
// A Ctrl-C goes to the child too, which ends by itself; this process waits for it.
process.on("SIGINT", () => undefined);
process.exitCode = await run(process.execPath, ["apps/app-server/dist/cli.js", "demo", ...process.argv.slice(2)]);
