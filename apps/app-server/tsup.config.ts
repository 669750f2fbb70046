import { defineConfig } from "tsup";

const shared = { format: "esm", target: "node20", platform: "node" } as const;

// tsup runs both at once, so the script empties dist, not tsup.
export default defineConfig([
  // The library leaves all packages outside: an embedder has one copy of the identity scope.
  { ...shared, entry: { index: "src/index.ts" } },
  // The program is one small entry with chunks that load when they are needed.
  {
    ...shared,
    entry: { cli: "src/cli.ts" },
    noExternal: [/.*/],
    // Optional native helpers of ws, which bring nothing here; it goes on without them.
    external: ["bufferutil", "utf-8-validate"],
    splitting: true,
    minify: true,
    esbuildOptions: (options) => {
      options.chunkNames = "chunks/[name]-[hash]";
      // A native addon finds its own files beside it, so it stays a package.
      options.external = [...(options.external ?? []), "@lydell/node-pty/*"];
    },
    // Bundled CommonJS packages ask for Node's own modules by `require`.
    banner: {
      js: '#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
    },
  },
]);
