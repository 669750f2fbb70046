import { defineConfig, mergeConfig } from "vitest/config";

import { shared } from "./vitest.shared.js";

export default mergeConfig(
  shared,
  defineConfig({ test: { projects: ["packages/*", "apps/*", "bench", "tools"], passWithNoTests: true } }),
);
