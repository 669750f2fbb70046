import type { HostInfo } from "../src/index.js";

/** A machine that is the same everywhere. */
export const sampleHost: HostInfo = {
  os: "Debian",
  osVersion: "12.0.0",
  arch: "x86_64",
  terminal: "xterm",
  switchboardVersion: "0.1.0",
};
