import { runWithIdentity, type ClientIdentity } from "@switchboard/login";

/**
 * Has the library do something in an owner's scope. It also does in there what an abort needs, such as telling the
 * server of it: whoever aborts has a scope of their own.
 */
export async function inScopeOf<T>(
  owner: ClientIdentity,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = (): void => runWithIdentity(owner, () => own.abort(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await runWithIdentity(owner, () => work(own.signal));
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
