import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Not the usual folder for temporary files where there is another: the reference has no sandbox for a home in there. */
const base = existsSync("/var/tmp") ? "/var/tmp" : tmpdir();

/** Homes in use; a benchmark that is interrupted leaves none behind. */
const inUse = new Set<TemporaryHome>();
process.once("exit", () => {
  for (const home of inUse) home.remove();
});

/** A place for one server to live in that has nothing of the user's. */
export interface TemporaryHome {
  /** An empty directory to work in. */
  readonly workspace: string;
  /** The whole environment of the server. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

/** Makes a home whose only content is a configuration that points at the stand-in model; `provider` are more lines for it. */
export function createTemporaryHome(modelUrl: string, provider = ""): TemporaryHome {
  const root = mkdtempSync(join(base, "switchboard-bench-"));
  const home = join(root, "home");
  const codexHome = join(root, "codex");
  const workspace = join(root, "workspace");
  for (const path of [home, codexHome, workspace]) mkdirSync(path);
  writeFileSync(
    join(codexHome, "config.toml"),
    [
      'model = "mock-model"',
      'model_provider = "mock"',
      "",
      "[model_providers.mock]",
      'name = "Mock"',
      `base_url = "${modelUrl}"`,
      'wire_api = "responses"',
      'env_key = "MOCK_KEY"',
      provider,
      "",
    ].join("\n"),
  );
  const temporaryHome: TemporaryHome = {
    workspace,
    // The rest of our environment stays out: proxies, keys, NODE_OPTIONS, log levels.
    environment: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      CODEX_HOME: codexHome,
      MOCK_KEY: "benchmark",
    },
    remove: () => {
      inUse.delete(temporaryHome);
      // A server that was just killed may have left a child that still writes.
      rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
  inUse.add(temporaryHome);
  return temporaryHome;
}
