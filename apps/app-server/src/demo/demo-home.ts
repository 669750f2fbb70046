import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of configuration that is gone after the demonstration; the user's own is never touched. */
export interface DemoHome extends AsyncDisposable {
  readonly path: string;
}

/** Makes a home whose only model provider is the one on this machine. */
export async function makeDemoHome(modelUrl: string): Promise<DemoHome> {
  const path = await mkdtemp(join(tmpdir(), "switchboard-demo-"));
  const config = `model = "demo-model"
model_provider = "demo"

[model_providers.demo]
name = "Demonstration"
base_url = "${modelUrl}"
wire_api = "responses"
`;
  await writeFile(join(path, "config.toml"), config);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
