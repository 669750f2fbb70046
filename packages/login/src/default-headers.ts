import type { ClientIdentity } from "./client-identity.js";
import { userAgent } from "./user-agent.js";

/** Server state that goes out with a request beside its identity. */
export interface DefaultHeaderOptions {
  /** Where data must stay, as the operator requires it, for example `us`. */
  readonly residency?: string;
}

/** Header names in lower case with their values. A plain value: captured once, sent as it is. */
export type Headers = Readonly<Record<string, string>>;

/**
 * The headers by which a request introduces its owner: `originator`, `user-agent` and, if required,
 * the residency header. Build them once where work starts; retries and reconnects reuse the value.
 */
export function defaultHeaders(identity: ClientIdentity, { residency }: DefaultHeaderOptions = {}): Headers {
  return Object.freeze({
    originator: identity.originator,
    "user-agent": userAgent(identity),
    ...(residency === undefined ? {} : { "x-openai-internal-codex-residency": residency }),
  });
}
