import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A folder that is gone when the test has finished. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "switchboard-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** Configuration for a provider `mock` at a URL; `more` goes into its table, `top` before it. */
export function mockProviderToml(modelUrl: string, { top = "", more = "" } = {}): string {
  return `model = "mock-model"
model_provider = "mock"
${top}
[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "MOCK_KEY"
${more}
`;
}

/** A CODEX_HOME with the given `config.toml`. */
export async function temporaryHome(configToml: string): Promise<string> {
  const path = await temporaryFolder();
  await writeFile(join(path, "config.toml"), configToml);
  return path;
}
