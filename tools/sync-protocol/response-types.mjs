// Neither generated form says which response belongs to which request. Nearly all follow from a name; the rest
// are listed. Every response must be claimed exactly by this rule, so a new method cannot be mispaired silently.

/** Responses whose name follows from neither the params' name nor the method's. */
const EXCEPTIONS = new Map([
  ["account/gatewayOAuth/cancel", "GatewayOAuthCancelResponse"],
  ["account/logout", "LogoutAccountResponse"],
  ["account/securitySetup/read", "GetAccountSecuritySetupResponse"],
  ["account/workspaceMessages/read", "GetWorkspaceMessagesResponse"],
  ["accountSession/list", "AccountSessionsResponse"],
  ["config/batchWrite", "ConfigWriteResponse"],
  ["config/mcpServer/reload", "McpServerRefreshResponse"],
  ["config/value/write", "ConfigWriteResponse"],
  ["externalAgentConfig/import/readHistories", "ExternalAgentConfigImportHistoriesReadResponse"],
]);

/**
 * @param {Array<{ method: string, params: string | null }>} requests
 * @param {ReadonlySet<string>} names all definition names
 * @returns {Map<string, string>} response type by method
 */
export function pairResponses(requests, names) {
  const unclaimed = new Set([...names].filter((name) => name.endsWith("Response")));
  /** @type {Map<string, string>} */
  const pairs = new Map();
  for (const { method, params } of requests) {
    const response = candidates(method, params).find((name) => names.has(name));
    if (response === undefined) throw new Error(`no response type found for ${method}: add it to response-types.mjs`);
    unclaimed.delete(response);
    pairs.set(method, response);
  }
  if (unclaimed.size > 0) throw new Error(`responses no request claims: ${[...unclaimed].join(", ")}`);
  return pairs;
}

/**
 * @param {string} method
 * @param {string | null} params
 */
function candidates(method, params) {
  const exception = EXCEPTIONS.get(method);
  if (exception !== undefined) return [exception];
  const camel = method
    .split("/")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
  const names = [`${camel}Response`, `${camel.replace(/Read$/, "")}Response`];
  return params === null ? names : [params.replace(/Params$/, "Response"), ...names];
}
