import { SwitchboardError } from "@switchboard/protocol";

import { readAuthFile } from "./auth-file.js";
import type { Environment } from "./host-info.js";
import { Secret } from "./secret.js";

/** What a model provider says of how it wants to be authenticated. */
export interface ProviderAuth {
  /** Name of the environment variable that holds its key. */
  readonly envKey?: string | undefined;
  /** How to get that key, for the error that says it is missing. */
  readonly envKeyInstructions?: string | undefined;
  /** Whether OpenAI's own key (file or environment) is meant for it. */
  readonly requiresOpenaiAuth: boolean;
}

/** Where credentials are looked for. */
export interface CredentialSources {
  readonly codexHome: string;
  readonly environment: Environment;
}

/**
 * The server's OpenAI key: `auth.json` first, else `OPENAI_API_KEY`.
 *
 * @throws as {@link readAuthFile} does.
 */
export async function openaiApiKey({ codexHome, environment }: CredentialSources): Promise<Secret | undefined> {
  const { apiKey } = await readAuthFile(codexHome);
  if (apiKey !== undefined) return apiKey;
  const key = environment["OPENAI_API_KEY"]?.trim();
  return key === undefined || key === "" ? undefined : new Secret(key);
}

/**
 * What authenticates to a provider, or undefined for a provider that wants nothing. Credentials belong
 * to the server, not to a connection. A provider that is not OpenAI never gets OpenAI's key.
 *
 * @throws {@link SwitchboardError} `missing_env_key` when the provider names a variable that is unset or
 *   empty; else as {@link openaiApiKey} does.
 */
export async function providerCredential(auth: ProviderAuth, sources: CredentialSources): Promise<Secret | undefined> {
  const { envKey, envKeyInstructions, requiresOpenaiAuth } = auth;
  if (envKey === undefined) return requiresOpenaiAuth ? openaiApiKey(sources) : undefined;
  const key = sources.environment[envKey]?.trim();
  if (key !== undefined && key !== "") return new Secret(key);
  throw new SwitchboardError({
    code: "missing_env_key",
    message: `Missing environment variable: \`${envKey}\`.${envKeyInstructions === undefined ? "" : ` ${envKeyInstructions}`}`,
  });
}
