import { rm } from "node:fs/promises";

/** Removes the folders named on the command line, on any platform. */
await Promise.all(process.argv.slice(2).map((folder) => rm(folder, { recursive: true, force: true })));
