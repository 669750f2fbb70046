import { currentIdentity } from "@switchboard/login";
import { invalidRequest, type ThreadRealtimeStartParams } from "@switchboard/protocol";

import type { Handler } from "../../../server/context.js";
import { refuseWhileDraining } from "../../draining.js";
import { realtimeOf } from "./realtime-of.js";

/**
 * `thread/realtime/start`: begins a conversation with a realtime model, in the place of the one that goes on. It
 * belongs to this connection from now on, with all it sends and every turn it starts, also on a thread that
 * another one made.
 */
export const startRealtime: Handler<"thread/realtime/start"> = (params, context) => {
  const { request, connection, server } = context;
  const owner = currentIdentity();
  refuseWhileDraining(server);
  refuseForExistingCall(params);
  const realtime = realtimeOf(params.threadId, context);
  const trace = server.records.telemetry?.traceOf(request);
  const onTurn = () => {
    connection.counts.turns += 1;
  };
  request.afterReply(() => realtime.start({ owner, params, trace, onTurn }));
  return {};
};

/** What a call that is there already has decided. */
const settledByCall = [
  "prompt",
  "voice",
  "model",
  "initialItems",
  "includeStartupContext",
] as const satisfies ReadonlyArray<keyof ThreadRealtimeStartParams>;

function refuseForExistingCall(params: ThreadRealtimeStartParams): void {
  if (params.transport?.type !== "existingCall") return;
  const given = settledByCall.find((name) => params[name] !== undefined && params[name] !== null);
  if (given !== undefined) throw invalidRequest(`existingCall transport does not support ${given}`);
}
