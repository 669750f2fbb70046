import { createHash } from "node:crypto";

import type { ClientIdentity } from "@switchboard/login";

import type { McpServerConfig } from "./server-config.js";

/** What a server is started from besides its configuration. */
export interface ServerCircumstances {
  /** The folder of the thread. */
  readonly cwd: string;
  /** The process's whole environment, or the headers of every request. */
  readonly surroundings: Readonly<Record<string, string>>;
  /** Who triggered the start. */
  readonly owner: ClientIdentity;
}

/** The hosts of ChatGPT, whose plugin service knows the account behind a session. */
const hostedHosts = /^(([a-z0-9-]+\.)*(chatgpt\.com|chatgpt-staging\.com)|chat\.openai\.com)$/;

/** Whether a server is a service of ChatGPT rather than a third party's. */
export function isHosted({ endpoint }: McpServerConfig): boolean {
  return endpoint.kind === "http" && URL.canParse(endpoint.url) && hostedHosts.test(new URL(endpoint.url).hostname);
}

/**
 * What two threads must have in common to share a server: its configuration, the folder, the environment
 * or the headers with their credentials, and for a hosted one also who asks. As a hash: it holds secrets.
 */
export function shareKey(config: McpServerConfig, { cwd, surroundings, owner }: ServerCircumstances): string {
  const identity = isHosted(config) ? [owner.originator, owner.client] : null;
  // How a thread uses a server is not how the server is.
  const { name, endpoint, environmentId } = config;
  const folder = endpoint.kind === "stdio" ? cwd : null;
  const given = Object.keys(surroundings)
    .sort()
    .map((variable) => [variable, surroundings[variable]]);
  return createHash("sha256")
    .update(JSON.stringify([name, endpoint, environmentId, folder, given, identity]))
    .digest("hex");
}
