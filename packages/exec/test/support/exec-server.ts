import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { createRequestClient } from "@switchboard/client";
import { onTestFinished } from "vitest";

import { createExecServer, type ExecServer, type ExecServerOptions } from "../../src/server/exec-server.js";
import { ExecClient } from "./exec-client.js";

/** A real server on a real port, gone when the test has finished. */
export interface TestServer {
  readonly url: string;
  readonly server: ExecServer;
  readonly incidents: string[];
  /** A new connection without a handshake. */
  readonly open: () => Promise<ExecClient>;
  /** A new connection with one. */
  readonly ready: (resumeSessionId?: string) => Promise<ExecClient>;
}

/** Starts one. */
export async function testServer(options: Partial<ExecServerOptions> = {}): Promise<TestServer> {
  const requestClient = createRequestClient();
  const incidents: string[] = [];
  const server = createExecServer({
    requestClient,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    onIncident: (text) => incidents.push(text),
    ...options,
  });
  const { url } = await server.listen("ws://127.0.0.1:0");
  const clients: ExecClient[] = [];
  const keep = (client: ExecClient) => {
    clients.push(client);
    return client;
  };
  onTestFinished(async () => {
    for (const { socket } of clients) socket.terminate();
    await server.close();
    await requestClient.close();
  });
  return {
    url,
    server,
    incidents,
    open: async () => keep(await ExecClient.open(url)),
    ready: async (resumeSessionId) => keep(await ExecClient.ready(url, resumeSessionId)),
  };
}

/** A folder that is gone when the test has finished. Its path has no links in it. */
export async function temporaryFolder(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "switchboard-exec-")));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** A temporary folder with its URIs: `uri("a/b")`; its own ends with a slash. */
export async function folderWithUris(): Promise<{ folder: string; uri: (path?: string) => string }> {
  const folder = await temporaryFolder();
  return { folder, uri: (path = "/") => pathToFileURL(join(folder, path)).href };
}
