import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of configuration that is gone after the demonstration; the user's own is never touched. */
export interface DemoHome extends AsyncDisposable {
  readonly path: string;
}

/** The provider of the demonstration that is asked over WebSockets. */
export const socketProvider = "demo-websocket";

/** Makes a home whose only model providers and MCP server are the one on this machine. */
export async function makeDemoHome(modelUrl: string): Promise<DemoHome> {
  const path = await mkdtemp(join(tmpdir(), "switchboard-demo-"));
  const provider = `name = "Demonstration"
base_url = "${modelUrl}"
wire_api = "responses"`;
  const config = `model = "demo-model"
model_provider = "demo"

[model_providers.demo]
${provider}

[model_providers.${socketProvider}]
${provider}
supports_websockets = true

[mcp_servers.clock]
url = "${new URL("/mcp", modelUrl).href}"
`;
  await writeFile(join(path, "config.toml"), config);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
