import { applySettings } from "@switchboard/agent";
import { currentIdentity } from "@switchboard/login";
import { RpcError, rpcCodes } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "../thread/thread-id.js";
import { chosenProfile } from "../thread/thread-settings.js";
import { readTurnInput } from "./input.js";

/**
 * `turn/start`: starts a turn, which belongs to this connection from now on, also on a thread that
 * another one made. While a turn runs, the input is added to it and the turn keeps its owner.
 */
export const startTurn: Handler<"turn/start"> = async (params, { request, connection, server }) => {
  const owner = currentIdentity();
  const thread = requireThread(server, params.threadId);
  refuseWhileDraining(server);
  const input = await readTurnInput(params.input, params.clientUserMessageId, params.cwd ?? thread.settings.cwd);
  const profile = await chosenProfile(params, thread.settings.cwd, server);
  if (thread.isRunning && input.content.length === 0) {
    throw new RpcError(rpcCodes.internal, "failed to submit turn input: EmptyInput");
  }
  thread.changeSettings(applySettings(thread.settings, params, profile));
  const { turn, run } = thread.startTurn({
    owner,
    input,
    outputSchema: params.outputSchema,
    clientMetadata: params.responsesapiClientMetadata ?? {},
    trace: server.records.telemetry?.traceOf(request),
  });
  connection.counts.turns += 1;
  request.afterReply(run);
  return { turn };
};
