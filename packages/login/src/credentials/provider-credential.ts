import { SwitchboardError } from "@switchboard/protocol";

import type { ClientIdentity } from "../client-identity.js";
import type { Environment } from "../host-info.js";
import type { Credential, OpenaiCredentials } from "./openai-credentials.js";
import { Secret } from "./secret.js";

/** What a model provider says of how it wants to be authenticated. */
export interface ProviderAuth {
  /** Name of the environment variable that holds its key. */
  readonly envKey?: string | undefined;
  /** How to get that key, for the error that says it is missing. */
  readonly envKeyInstructions?: string | undefined;
  /** Whether OpenAI's own credentials (file or environment) are meant for it. */
  readonly requiresOpenaiAuth: boolean;
}

/** Where credentials are looked for. */
export interface CredentialSources {
  readonly environment: Environment;
  readonly openai: OpenaiCredentials;
}

/**
 * What authenticates the next request to a provider, or undefined for a provider that wants nothing.
 * Credentials belong to the server, not to a connection; `owner` names a refresh that is needed first. A
 * provider that is not OpenAI never gets OpenAI's.
 *
 * @throws {@link SwitchboardError} `missing_env_key` when the provider names a variable that is unset or
 *   empty; else as {@link OpenaiCredentials.current} does.
 */
export async function providerCredential(
  { envKey, envKeyInstructions, requiresOpenaiAuth }: ProviderAuth,
  { environment, openai }: CredentialSources,
  owner: ClientIdentity,
): Promise<Credential | undefined> {
  if (envKey === undefined) return requiresOpenaiAuth ? openai.current(owner) : undefined;
  const key = environment[envKey]?.trim();
  if (key !== undefined && key !== "") return { type: "key", key: new Secret(key) };
  throw new SwitchboardError({
    code: "missing_env_key",
    message: `Missing environment variable: \`${envKey}\`.${envKeyInstructions === undefined ? "" : ` ${envKeyInstructions}`}`,
  });
}
