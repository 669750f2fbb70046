import { isLegalHeaderValue, SwitchboardError } from "@switchboard/protocol";

import type { HostInfo } from "./host-info.js";

/** How a client introduced itself in `initialize`. */
export interface ClientInfo {
  readonly name: string;
  readonly title?: string | null;
  readonly version: string;
}

/**
 * How a request introduces itself. Immutable, captured by value where work starts, and never changed
 * by another connection. It is a claim by the client, not an authentication. Residency and credentials
 * are not part of it: they are the server's and are added per request.
 */
export interface ClientIdentity {
  /** The product that asks; the value of the `originator` header. */
  readonly originator: string;
  /** The client as it introduced itself; null for the process default, which is no client. */
  readonly client: Readonly<Required<ClientInfo>> | null;
  readonly host: HostInfo;
  /** The number of the connection, for records and never sent; undefined for the process default. */
  readonly connection?: number | undefined;
}

/** Longest client name in UTF-8 bytes. The reference has no limit and lets providers answer 431 instead. */
const maxNameBytes = 256;

/**
 * Makes the identity of a connection from the `clientInfo` of its `initialize`.
 *
 * @throws {@link SwitchboardError} `invalid_client_name`, worded as the reference words it, when the
 *   name is empty, blank, over 256 bytes or not a legal header value.
 */
export function createClientIdentity(clientInfo: ClientInfo, host: HostInfo, connection?: number): ClientIdentity {
  const { name, title = null, version } = clientInfo;
  if (name.trim() === "" || Buffer.byteLength(name) > maxNameBytes || !isLegalHeaderValue(name)) {
    throw new SwitchboardError({
      code: "invalid_client_name",
      message: `Invalid clientInfo.name: '${clip(name)}'. Must be a valid HTTP header value.`,
    });
  }
  return freeze({ originator: name, client: Object.freeze({ name, title, version }), host, connection });
}

/** The identity of work that belongs to no connection. */
export function createDefaultIdentity(originator: string, host: HostInfo): ClientIdentity {
  return freeze({ originator, client: null, host });
}

/** Captures the host by value too: what the caller does with its object later is nobody's identity. */
function freeze({ originator, client, host, connection }: ClientIdentity): ClientIdentity {
  return Object.freeze({ originator, client, host: Object.freeze({ ...host }), connection });
}

/**
 * An error need not send a name of 100 kB back. Half a surrogate pair at the end would be JSON that some
 * clients cannot read.
 */
function clip(name: string): string {
  return name.length > maxNameBytes ? `${name.slice(0, maxNameBytes).replace(/[\ud800-\udbff]$/, "")}…` : name;
}
