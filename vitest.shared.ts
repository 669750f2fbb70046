import { defineConfig } from "vitest/config";

/** What all packages' tests have in common. */
export const shared = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
