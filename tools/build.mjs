// `npm run build`
import { build, install } from "./run/prepare.mjs";

await install();
process.exitCode = await build();
