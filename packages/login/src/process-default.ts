import { isLegalHeaderValue } from "@switchboard/protocol";

import { createDefaultIdentity, type ClientIdentity } from "./client-identity.js";
import { describeHost, type Environment, type HostInfo } from "./host-info.js";

/** The variable that renames work outside any connection, and nothing else. */
export const originatorOverrideVariable = "CODEX_INTERNAL_ORIGINATOR_OVERRIDE";

/** The originator of work that belongs to no connection. */
export const defaultOriginator = "switchboard";

let processDefault: ClientIdentity | undefined;

/** The identity outside every scope: `switchboard`, unless {@link setProcessDefaultIdentity} said otherwise. */
export function processDefaultIdentity(): ClientIdentity {
  processDefault ??= createDefaultIdentity(defaultOriginator, describeHost({}, "unknown"));
  return processDefault;
}

/** Sets the identity outside every scope. For the program's entry point: a library never calls it. */
export function setProcessDefaultIdentity(identity: ClientIdentity): void {
  processDefault = identity;
}

/**
 * Makes a default identity, named by `CODEX_INTERNAL_ORIGINATOR_OVERRIDE` if the environment has a
 * legal one. An empty or illegal value is ignored and reported to `warn`.
 */
export function defaultIdentityFrom(
  environment: Environment,
  host: HostInfo,
  warn: (text: string) => void,
): ClientIdentity {
  const override = environment[originatorOverrideVariable];
  if (override === undefined) return createDefaultIdentity(defaultOriginator, host);
  if (override.trim() !== "" && isLegalHeaderValue(override)) return createDefaultIdentity(override, host);
  const why = override.trim() === "" ? "it is empty" : "it is not a legal header value";
  warn(`ignoring ${originatorOverrideVariable}: ${why}. Work outside any connection goes out as ${defaultOriginator}`);
  return createDefaultIdentity(defaultOriginator, host);
}
