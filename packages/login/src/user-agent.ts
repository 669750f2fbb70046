import type { ClientIdentity } from "./client-identity.js";
import { sanitizeHeaderValue } from "./header-value.js";

/**
 * The version of Codex whose protocol this server speaks. Real clients parse it out of the
 * User-Agent and refuse versions they think too old.
 */
export const codexVersion = "0.169.0";

/**
 * The `User-Agent` of an identity:
 * `{originator}/{codex version} ({os} {os version}; {arch}) {terminal} switchboard/{version} ({client name}; {client version})`.
 * The last part is absent for the process default. Always a legal header value, without a line end.
 */
export function userAgent({ originator, client, host }: ClientIdentity): string {
  const base = `${originator}/${codexVersion} (${host.os} ${host.osVersion}; ${host.arch}) ${host.terminal} switchboard/${host.switchboardVersion}`;
  return sanitizeHeaderValue(client === null ? base : `${base} (${client.name}; ${client.version})`);
}
