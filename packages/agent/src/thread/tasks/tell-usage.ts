import { modelFacts } from "../../models/catalog.js";
import type { TurnScope } from "../../turn/turn-scope.js";

/** Tells clients what the thread has used so far, once anything is known. */
export function tellUsage({ thread, id, settings }: TurnScope): void {
  if (!thread.usage.isKnown) return;
  thread.host.emit("thread/tokenUsage/updated", {
    threadId: thread.id,
    turnId: id,
    tokenUsage: thread.usage.describe(modelFacts(settings().model).contextWindow),
  });
}
