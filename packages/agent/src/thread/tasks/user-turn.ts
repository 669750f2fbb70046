import type { TurnTask } from "../../turn/turn-scope.js";
import { converse } from "./conversation.js";

/** A turn of the thread's own conversation, which the user began. */
export const userTurn: TurnTask = (scope) => {
  const { thread, settings, request, id } = scope;
  thread.context.update(thread.history, settings(), thread.host.clock());
  return converse(scope, {
    history: thread.history,
    settings,
    threadId: thread.id,
    turnId: id,
    outputSchema: request.outputSchema,
    messages:
      settings().collaborationMode.mode === "plan" ? { kind: "planning", planId: `${id}-plan` } : { kind: "plain" },
  });
};
