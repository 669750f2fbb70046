/** What the user has granted beyond the sandbox policy. */
export interface Grants {
  readonly network: boolean;
  /** Absolute paths that may be written to. */
  readonly writable: readonly string[];
}

/** No more than the policy says. */
export const noGrants: Grants = { network: false, writable: [] };

/** Both grants together. */
export function joinGrants(a: Grants, b: Grants): Grants {
  return { network: a.network || b.network, writable: [...new Set([...a.writable, ...b.writable])] };
}
