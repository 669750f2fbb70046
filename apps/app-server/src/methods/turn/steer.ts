import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";
import { readTurnInput } from "./input.js";

/** `turn/steer`: adds input to the running turn, which keeps its owner. */
export const steerTurn: Handler<"turn/steer"> = async (params, { server }) => {
  const thread = requireThread(server, params.threadId);
  refuseWhileDraining(server);
  const input = await readTurnInput(params.input, params.clientUserMessageId, thread.settings.cwd);
  const { activeTurnId } = thread;
  if (activeTurnId === undefined) throw invalidRequest("no active turn to steer");
  if (params.input.length === 0) throw invalidRequest("input must not be empty");
  if (params.expectedTurnId !== activeTurnId) {
    throw invalidRequest(`expected active turn id \`${params.expectedTurnId}\` but found \`${activeTurnId}\``);
  }
  thread.steer(input);
  return { turnId: activeTurnId };
};
