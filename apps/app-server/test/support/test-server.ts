import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createDefaultIdentity } from "@switchboard/login";
import {
  startSimulator,
  text,
  type RecordedRequest,
  type Script,
  type Simulator,
  type SimulatorOptions,
} from "@switchboard/simulator";
import { onTestFinished } from "vitest";

import { createAppServer, type AppServer, type AppServerOptions } from "../../src/app-server.js";
import type { ListenOptions } from "../../src/app-server.js";
import { mockProviderToml, temporaryHome } from "./temporary-home.js";
import { WireClient, type Json } from "./wire-client.js";

/** The host part of every identity in tests. */
export const host = {
  os: "Testix",
  osVersion: "1.2.3",
  arch: "x86_64",
  terminal: "term/1",
  switchboardVersion: "9.9.9",
};

/** What a test's server differs in from the usual one. */
export interface TestServerOptions {
  readonly script?: Script;
  /** What refuses WebSockets to the model. */
  readonly handshake?: SimulatorOptions["handshake"];
  /** What answers a WebSocket's prewarm. */
  readonly prewarm?: SimulatorOptions["prewarm"];
  /** How the realtime model is played. */
  readonly realtime?: SimulatorOptions["realtime"];
  /** Lines before the provider's table. */
  readonly top?: string;
  /** Lines of the provider's table. */
  readonly provider?: string;
  /** What `auth.json` holds. Default: there is none. */
  readonly auth?: Json;
  readonly options?: Partial<AppServerOptions>;
  readonly listen?: ListenOptions;
}

/** A real server on a real port with a real, scripted model endpoint. Gone when the test has finished. */
export interface TestServer {
  readonly url: string;
  readonly server: AppServer;
  readonly simulator: Simulator;
  readonly warnings: string[];
  /** A new connection, not initialized. */
  readonly open: (headers?: Record<string, string>) => Promise<WireClient>;
  /** A new connection under a name. */
  readonly client: (name: string, version?: string, capabilities?: Json) => Promise<WireClient>;
  /** The model requests of one turn. */
  readonly requestsOf: (turnId: string) => RecordedRequest[];
}

/** Starts one. */
export async function testServer({
  script,
  handshake,
  prewarm,
  realtime,
  top = "",
  provider = "",
  auth,
  options = {},
  listen = {},
}: TestServerOptions = {}): Promise<TestServer> {
  const simulator = await startSimulator({
    script: script ?? (() => text("Hello world", { deltas: 2 })),
    ...(handshake === undefined ? {} : { handshake }),
    ...(prewarm === undefined ? {} : { prewarm }),
    ...(realtime === undefined ? {} : { realtime }),
  });
  const warnings: string[] = [];
  const codexHome = await temporaryHome(mockProviderToml(simulator.url, { top, more: provider }));
  if (auth !== undefined) await writeFile(join(codexHome, "auth.json"), JSON.stringify(auth));
  const server = await createAppServer({
    codexHome,
    environment: { MOCK_KEY: "secret-key" },
    defaultIdentity: createDefaultIdentity("switchboard", host),
    log: { warn: (line) => warnings.push(line), debug: () => undefined },
    ...options,
  });
  const { url } = await server.listen("ws://127.0.0.1:0", listen);
  onTestFinished(async () => {
    await server.close();
    await simulator.close();
  });
  return {
    url,
    server,
    simulator,
    warnings,
    open: (headers) => WireClient.open(url, headers),
    client: async (name, version, capabilities) => {
      const client = await WireClient.open(url);
      await client.initialize(name, version, capabilities);
      return client;
    },
    requestsOf: (turnId) => simulator.requests.filter((request) => request.at("client_metadata", "turn_id") === turnId),
  };
}

/** Who a model request says it is from. */
export function namesOn(request: RecordedRequest | undefined): {
  readonly originator: string | undefined;
  readonly userAgent: string | undefined;
} {
  return { originator: request?.header("originator"), userAgent: request?.header("user-agent") };
}

/** What the headers of a request of this client must be. */
export function namesOf(name: string, version = "1.0.0"): ReturnType<typeof namesOn> {
  return {
    originator: name,
    userAgent: `${name}/0.169.0 (Testix 1.2.3; x86_64) term/1 switchboard/9.9.9 (${name}; ${version})`,
  };
}
