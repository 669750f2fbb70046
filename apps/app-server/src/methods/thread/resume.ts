import { currentIdentity } from "@switchboard/login";
import { invalidRequest, type ThreadResumeResponse } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { describeOpened } from "./start.js";
import { parseThreadId } from "./thread-id.js";

/**
 * `thread/resume`: subscribes the connection to a thread that is loaded. The answer and the events that
 * follow it fit together without a gap: nothing happens in between. Settings the client names are those
 * of a thread that would have to be loaded first; a loaded one keeps its own.
 */
export const resumeThread: Handler<"thread/resume"> = ({ threadId, excludeTurns }, { request, connection, server }) => {
  refuseWhileDraining(server);
  const id = parseThreadId(threadId, "session id");
  const thread = server.threads.get(id);
  if (thread === undefined || thread.ephemeral) throw invalidRequest(`no rollout found for thread id ${id}`);
  server.watch(thread, connection);
  server.records.analytics?.threadOpened(thread, currentIdentity(), "resumed");
  const usage = thread.tokenUsage;
  if (usage !== undefined)
    request.afterReply(() => connection.notify("thread/tokenUsage/updated", { threadId: id, ...usage }));
  request.afterReply(() => server.questions.join(id, connection));
  const opened = describeOpened(thread);
  return {
    ...opened,
    thread: { ...opened.thread, turns: excludeTurns === true ? [] : thread.describeTurns() },
    collaborationMode: thread.settings.collaborationMode,
    initialTurnsPage: null,
    turnsBackwardsCursor: null,
    itemsBackwardsCursor: null,
  } satisfies ThreadResumeResponse;
};
