// `npm run bench`: everything after `--` goes to the benchmark.
import { run } from "./run/child.mjs";
import { prepare } from "./run/prepare.mjs";

await prepare();
process.exitCode = await run(process.execPath, ["bench/dist/main.js", ...process.argv.slice(2)]);
