export {
  createClientIdentity,
  createDefaultIdentity,
  type ClientIdentity,
  type ClientInfo,
} from "./client-identity.js";
export { authFilePath } from "./credentials/auth-file.js";
export {
  OpenaiCredentials,
  type ChatgptCredential,
  type Credential,
  type OpenaiCredentialsOptions,
  type SignedIn,
} from "./credentials/openai-credentials.js";
export { providerCredential, type CredentialSources, type ProviderAuth } from "./credentials/provider-credential.js";
export { SignInRequiredError, type PostJson } from "./credentials/request-tokens.js";
export { defaultHeaders, type DefaultHeaderOptions, type Headers } from "./default-headers.js";
export { describeHost, type Environment, type HostInfo } from "./host-info.js";
export { currentIdentity, runWithIdentity } from "./identity-scope.js";
export {
  defaultIdentityFrom,
  defaultOriginator,
  originatorOverrideVariable,
  processDefaultIdentity,
  setProcessDefaultIdentity,
} from "./process-default.js";
export { Secret } from "./credentials/secret.js";
export { codexVersion, userAgent } from "./user-agent.js";
