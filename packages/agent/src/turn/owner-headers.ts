import type { Attribution, Headers } from "@switchboard/client";
import { defaultHeaders, type ClientIdentity } from "@switchboard/login";

import type { ModelProvider } from "../model-provider.js";
import type { ThreadSpec } from "../thread/thread-spec.js";

/** Under whose name requests to a thread's provider go out. */
export interface NameOptions {
  readonly owner: ClientIdentity;
  readonly provider: ModelProvider;
  readonly residency: string | undefined;
  /** Replaces the owner's originator, and the provider's, if given. */
  readonly serviceOriginator: string | undefined;
}

/** The names that requests of one owner bear, built once. */
export interface OwnerHeaders {
  /** The owner's own headers. */
  readonly owner: Headers;
  /** Headers that win even over the provider's: a thread's service name. */
  readonly override: Headers;
  /** Who the requests are for, for the records. */
  readonly attribution: Attribution;
}

/** Builds the names for one owner; all its requests use the value. */
export function ownerHeaders({ owner, provider, residency, serviceOriginator }: NameOptions): OwnerHeaders {
  return {
    owner: defaultHeaders(owner, residency === undefined ? {} : { residency }),
    override: serviceOriginator === undefined ? {} : { originator: serviceOriginator },
    attribution: {
      connection: owner.connection,
      client: owner.client?.name,
      originator: serviceOriginator ?? provider.headers["originator"] ?? owner.originator,
    },
  };
}

/** Nothing a client sends can set another client's name: a thread's service name is only for owners of the kind that set it. */
export function serviceOriginatorFor(spec: ThreadSpec, owner: ClientIdentity): string | undefined {
  return owner.client?.name === spec.creator.client?.name ? spec.serviceOriginator : undefined;
}
