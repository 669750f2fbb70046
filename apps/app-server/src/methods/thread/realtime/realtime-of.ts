import type { Thread } from "@switchboard/agent";

import type { Context } from "../../../server/context.js";
import { requireThread } from "../thread-id.js";

/**
 * The realtime side of a thread. Who uses it watches the thread from then on, as in the reference.
 *
 * @throws RpcError when there is no such thread.
 */
export function realtimeOf(threadId: string, { request, server, connection }: Context): Thread["realtime"] {
  const thread = requireThread(server, threadId);
  // Nobody would hear it.
  request.signal.throwIfAborted();
  server.watch(thread, connection);
  return thread.realtime;
}
