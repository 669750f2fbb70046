import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requireThread } from "./thread-id.js";

/** `thread/read`: a loaded thread, with its turns if asked for. */
export const readThread: Handler<"thread/read"> = ({ threadId, includeTurns }, { server }) => {
  const thread = requireThread(server, threadId, "thread not loaded");
  if (includeTurns !== true) return { thread: thread.describe(), readState: thread.readState };
  if (thread.ephemeral) throw invalidRequest("ephemeral threads do not support includeTurns");
  if (!thread.hasTurns) {
    throw invalidRequest(
      `thread ${thread.id} is not materialized yet; includeTurns is unavailable before first user message`,
    );
  }
  return { thread: { ...thread.describe(), turns: thread.describeTurns() }, readState: thread.readState };
};
