import { applySettings } from "@switchboard/agent";

import type { Handler } from "../../server/context.js";
import { chosenProfile } from "./thread-settings.js";
import { requireThread } from "./thread-id.js";

/** `thread/settings/update`: changes what holds for the thread's later turns. */
export const updateThreadSettings: Handler<"thread/settings/update"> = async (params, { request, server }) => {
  const thread = requireThread(server, params.threadId);
  const profile = await chosenProfile(params, thread.settings.cwd, server);
  request.afterReply(() => thread.changeSettings(applySettings(thread.settings, params, profile)));
  return {};
};
