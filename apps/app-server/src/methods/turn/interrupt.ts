import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requireThread } from "../thread/thread-id.js";

/** `turn/interrupt`: stops the running turn, or calls off one that waits, whoever started it. An empty turn id means whichever runs, if any. */
export const interruptTurn: Handler<"turn/interrupt"> = ({ threadId, turnId }, { server }) => {
  const thread = requireThread(server, threadId);
  if (thread.callOff(turnId)) return {};
  const { activeTurnId } = thread;
  if (turnId !== "" && activeTurnId === undefined) throw invalidRequest("no active turn to interrupt");
  if (turnId !== "" && turnId !== activeTurnId)
    throw invalidRequest(`expected active turn id ${turnId} but found ${activeTurnId}`);
  if (activeTurnId !== undefined) server.records.accounts?.interrupted(activeTurnId);
  thread.interrupt();
  return {};
};
