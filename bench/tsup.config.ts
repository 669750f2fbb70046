import { defineConfig } from "tsup";

export default defineConfig({
  entry: { main: "src/main.ts", model: "src/model/main.ts" },
  format: ["esm"],
  target: "node20",
  clean: true,
});
