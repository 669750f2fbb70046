import { RpcError, rpcCodes } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requireThread } from "./thread-id.js";

/** `thread/readState/update`: the user has read a thread, or wants to read it again. */
export const updateReadState: Handler<"thread/readState/update"> = (
  { threadId, operation, expectedRevision },
  { server },
) => {
  const thread = requireThread(server, threadId);
  const readState = thread.markRead(operation.type === "read", expectedRevision);
  if (readState === undefined) {
    const data = { reason: "readStateConflict", readState: thread.readState };
    throw new RpcError(rpcCodes.invalidRequest, "read state changed", data);
  }
  return { readState };
};
