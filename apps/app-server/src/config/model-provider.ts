import type { ModelProvider } from "@switchboard/agent";
import { providerCredential, type CredentialSources } from "@switchboard/login";

import type { ProviderSettings } from "./provider-settings.js";

/** Makes a configured provider usable: headers from the environment, and where its credential comes from. */
export function modelProvider(id: string, settings: ProviderSettings, sources: CredentialSources): ModelProvider {
  const { environment, openai } = sources;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.httpHeaders)) headers[name.toLowerCase()] = value;
  for (const [name, variable] of Object.entries(settings.envHttpHeaders)) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== "") headers[name.toLowerCase()] = value;
  }
  const { envKey, envKeyInstructions, requiresOpenaiAuth } = settings;
  return {
    id,
    baseUrl: settings.baseUrl,
    chatgptBaseUrl: settings.chatgptBaseUrl,
    isOpenai: settings.isOpenai,
    queryParams: settings.queryParams,
    headers,
    requestMaxRetries: settings.requestMaxRetries,
    streamMaxRetries: settings.streamMaxRetries,
    streamIdleTimeoutMs: settings.streamIdleTimeoutMs,
    supportsWebSockets: settings.supportsWebSockets,
    webSocketConnectTimeoutMs: settings.webSocketConnectTimeoutMs,
    credential: (owner) => providerCredential({ envKey, envKeyInstructions, requiresOpenaiAuth }, sources, owner),
    replaceCredential: (refused, owner) => openai.replace(refused, owner),
  };
}
