export { readAuthFile, type AuthFile } from "./auth-file.js";
export {
  createClientIdentity,
  createDefaultIdentity,
  type ClientIdentity,
  type ClientInfo,
} from "./client-identity.js";
export { openaiApiKey, providerCredential, type CredentialSources, type ProviderAuth } from "./credentials.js";
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
export { Secret } from "./secret.js";
export { codexVersion, userAgent } from "./user-agent.js";
