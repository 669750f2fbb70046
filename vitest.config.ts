import { readdirSync } from "node:fs";

import { defineConfig } from "vitest/config";

const folders = [...readdirSync("packages").map((name) => `packages/${name}`), "apps/app-server", "bench", "tools"];

/** One project a workspace, named as its package. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "**/*.test.mjs"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: folders.map((root) => ({
      extends: true,
      root,
      test: { name: `@switchboard/${root.split("/").at(-1)}` },
    })),
  },
});
