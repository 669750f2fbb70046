import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/commands/index.ts", "src/sandbox/index.ts"],
  format: ["esm"],
  target: "node20",
  clean: true,
});
