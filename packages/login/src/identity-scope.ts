import { AsyncLocalStorage } from "node:async_hooks";

import type { ClientIdentity } from "./client-identity.js";
import { processDefaultIdentity } from "./process-default.js";

const scope = new AsyncLocalStorage<ClientIdentity>();

/**
 * Runs `work`, and all async work it starts and awaits, in the scope of an identity. Scopes nest; when
 * one ends, the outer one holds again.
 */
export function runWithIdentity<T>(identity: ClientIdentity, work: () => T): T {
  return scope.run(identity, work);
}

/**
 * Whose work this is: the identity of the innermost scope, or the process default outside every scope.
 *
 * Read it once, synchronously, where work starts, and pass it on as an argument. Never read it in a
 * callback, listener or timer: those may run in another request's context. Only `await` keeps it.
 */
export function currentIdentity(): ClientIdentity {
  return scope.getStore() ?? processDefaultIdentity();
}
