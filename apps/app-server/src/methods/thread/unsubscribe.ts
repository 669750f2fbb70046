import type { Handler } from "../../server/context.js";
import { parseThreadId } from "./thread-id.js";

/** `thread/unsubscribe`: the connection hears no more of a thread, which goes on. */
export const unsubscribeThread: Handler<"thread/unsubscribe"> = ({ threadId }, { connection, server }) => {
  const id = parseThreadId(threadId);
  if (server.threads.get(id) === undefined) return { status: "notLoaded" };
  return { status: server.subscriptions.unsubscribe(id, connection) ? "unsubscribed" : "notSubscribed" };
};
