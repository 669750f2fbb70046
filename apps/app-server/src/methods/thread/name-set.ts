import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requireThread } from "./thread-id.js";

/** `thread/name/set`: names a loaded thread. */
export const nameThread: Handler<"thread/name/set"> = ({ threadId, name }, { server }) => {
  const thread = requireThread(server, threadId);
  if (name.trim() === "") throw invalidRequest("thread name must not be empty");
  thread.rename(name.trim());
  return {};
};
