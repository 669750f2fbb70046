import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/transports/index.ts", "src/listener/index.ts"],
  format: ["esm"],
  target: "node20",
  clean: true,
});
