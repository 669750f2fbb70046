import type { ServerMethod, ServerRequestResult, ServerRequests } from "@switchboard/protocol";

/**
 * Asks the clients of a thread. The first answer counts; undefined when nobody can be asked, or the
 * answer is an error or makes no sense. Rejects only with the signal's reason.
 */
export type Ask = <M extends ServerMethod>(
  method: M,
  params: ServerRequests[M]["params"],
  signal: AbortSignal,
) => Promise<ServerRequestResult<M> | undefined>;
