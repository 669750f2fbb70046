import { resolve } from "node:path";

import { fetchThrough, type Attribution, type RequestClient } from "@switchboard/client";
import { codexVersion, currentIdentity, type Environment } from "@switchboard/login";
import type { StreamableHTTPClientTransport, Transport } from "@modelcontextprotocol/client";

import { boundedFetch } from "./bounded-fetch.js";
import { childEnvironment } from "./child-environment.js";
import type { McpLibrary } from "./connection.js";
import { remoteFetch, type ExecServerLink } from "./exec-server.js";
import { McpError } from "./mcp-error.js";
import type { McpServerConfig, McpServerEndpoint } from "./server-config.js";
import { StdioProcessTransport } from "./stdio-transport.js";

/** What servers are started in. */
export interface McpWorld {
  readonly client: RequestClient;
  readonly environment: Environment;
  /** The exec-server that servers of the environment `remote` are reached through; undefined when there is none. */
  readonly execServer: ExecServerLink | undefined;
  readonly log: (text: string) => void;
}

/** Third parties never learn who our client is. */
const userAgent = `codex-mcp-client/${codexVersion}`;

/** The names that the reference takes for servers. */
const serverName = /^[a-zA-Z0-9_:@/.-]+$/;

/**
 * What the server gets from its surroundings: the environment of its process, or the headers of its
 * requests.
 *
 * @throws {@link McpError} `mcp_startup_failed` for a configuration that cannot work.
 */
export function surroundingsOf(config: McpServerConfig, { environment, execServer }: McpWorld): Record<string, string> {
  const { name, endpoint, environmentId } = config;
  if (!serverName.test(name))
    throw cannotStart(`Invalid MCP server name '${name}': must match pattern ^[a-zA-Z0-9_:@/.-]+$`);
  const isRemote = environmentId === "remote" && execServer !== undefined;
  if (environmentId !== "local" && !isRemote) throw cannotStart(`environment \`${environmentId}\` is not available`);
  if (endpoint.kind === "http") return headersOf(name, endpoint, environment, isRemote);
  if (isRemote) throw cannotStart("stdio servers in the environment `remote` are not supported by this server yet");
  const remote = endpoint.envVars.find(({ source }) => source === "remote");
  if (remote !== undefined)
    throw cannotStart(`env_vars entry \`${remote.name}\` uses source \`remote\`, which requires remote MCP stdio`);
  return childEnvironment(environment, endpoint);
}

/** A connection to a server before anything is said. */
export interface OpenTransport {
  readonly transport: Transport;
  /** Ends what the transport needed besides. */
  readonly dispose: () => void;
}

/** Prepares the connection to a server. @throws {@link McpError} */
export function openTransport(
  library: McpLibrary,
  { name, endpoint, environmentId }: McpServerConfig,
  { cwd, surroundings }: { readonly cwd: string; readonly surroundings: Readonly<Record<string, string>> },
  { client, execServer, log }: McpWorld,
): OpenTransport {
  if (endpoint.kind === "stdio") {
    const transport = new StdioProcessTransport({
      command: endpoint.command,
      args: endpoint.args,
      cwd: resolve(cwd, endpoint.cwd ?? "."),
      env: surroundings,
      parse: library.parseJSONRPCMessage,
      log: (text) => log(`MCP server ${name} ${text}`),
    });
    return { transport, dispose: () => undefined };
  }
  if (!URL.canParse(endpoint.url)) throw cannotStart(`\`${endpoint.url}\` is no URL`);
  const remote =
    environmentId === "remote" && execServer !== undefined
      ? remoteFetch(execServer, endpoint.bearerTokenEnvVar, whoAsks)
      : undefined;
  const fetchIt = remote?.fetch ?? fetchThrough(client, { owner: {}, path: "mcp-http", attribution: whoAsks });
  const transport: StreamableHTTPClientTransport = new library.StreamableHTTPClientTransport(new URL(endpoint.url), {
    fetch: boundedFetch(fetchIt, () => void transport.close()),
    requestInit: { headers: surroundings },
  });
  return { transport, dispose: () => remote?.close() };
}

/**
 * Whom a request to a server is for, for the records. The library makes the requests, in the scope that
 * `McpConnection` asked in: there is no argument to hand it through.
 */
function whoAsks(): Attribution {
  const { connection, client } = currentIdentity();
  return { connection, client: client?.name, originator: undefined };
}

function headersOf(
  server: string,
  { bearerTokenEnvVar, httpHeaders, envHttpHeaders }: Extract<McpServerEndpoint, { kind: "http" }>,
  environment: Environment,
  isRemote: boolean,
): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": userAgent };
  for (const [name, value] of Object.entries(httpHeaders)) headers[name.toLowerCase()] = value;
  for (const [name, variable] of Object.entries(envHttpHeaders)) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== "") headers[name.toLowerCase()] = value;
  }
  // A remote executor has the token itself.
  if (bearerTokenEnvVar === undefined || isRemote) return headers;
  const token = environment[bearerTokenEnvVar]?.trim();
  if (token === undefined || token === "")
    throw cannotStart(`Environment variable ${bearerTokenEnvVar} for MCP server '${server}' is not set`);
  return { ...headers, authorization: `Bearer ${token}` };
}

function cannotStart(message: string): McpError {
  return new McpError("mcp_startup_failed", message);
}
