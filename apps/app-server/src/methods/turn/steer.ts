import { currentIdentity } from "@switchboard/login";
import { invalidRequest } from "@switchboard/protocol";

import type { Steering } from "../../analytics/analytics.js";
import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";
import { readTurnInput } from "./input.js";

/** `turn/steer`: adds input to the running turn, which keeps its owner. */
export const steerTurn: Handler<"turn/steer"> = async (params, { server }) => {
  const sender = currentIdentity();
  const thread = requireThread(server, params.threadId);
  refuseWhileDraining(server);
  const input = await readTurnInput(params.input, params.clientUserMessageId, thread.settings.cwd);
  const { activeTurnId } = thread;
  const { expectedTurnId } = params;
  const tell = (acceptedTurnId: string | undefined, rejection: Steering["rejection"]): void => {
    const imageCount = params.input.filter(({ type }) => type === "image" || type === "localImage").length;
    server.records.analytics?.steered(thread, sender, { expectedTurnId, acceptedTurnId, rejection, imageCount });
  };
  if (activeTurnId === undefined) {
    tell(undefined, "no_active_turn");
    throw invalidRequest("no active turn to steer");
  }
  if (params.input.length === 0) {
    tell(undefined, "empty_input");
    throw invalidRequest("input must not be empty");
  }
  if (expectedTurnId !== activeTurnId) {
    tell(undefined, "expected_turn_mismatch");
    throw invalidRequest(`expected active turn id \`${expectedTurnId}\` but found \`${activeTurnId}\``);
  }
  const { activeTurnKind } = thread;
  if (activeTurnKind !== "user") {
    tell(undefined, "expected_turn_mismatch");
    // As the reference words it.
    throw invalidRequest(`cannot steer a ${activeTurnKind ?? "finished"} turn`);
  }
  thread.steer(input);
  server.records.accounts?.steered(activeTurnId);
  tell(activeTurnId, undefined);
  return { turnId: activeTurnId };
};
