import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { pageOf } from "../page.js";
import { requireThread } from "./thread-id.js";

/** `thread/backgroundTerminals/list`: the agent's commands that still run, in pages. */
export const listBackgroundTerminals: Handler<"thread/backgroundTerminals/list"> = (params, { server }) =>
  pageOf(requireThread(server, params.threadId).commands.describe(), params, "background terminals");

/** `thread/backgroundTerminals/terminate`: ends one of them. */
export const terminateBackgroundTerminal: Handler<"thread/backgroundTerminals/terminate"> = async (
  { threadId, processId },
  { server },
) => {
  const thread = requireThread(server, threadId);
  if (!/^-?\d+$/.test(processId)) {
    throw invalidRequest("invalid background terminal process id: invalid digit found in string");
  }
  return { terminated: await thread.commands.terminate(Number(processId)) };
};

/** `thread/backgroundTerminals/clean`: ends them all. */
export const cleanBackgroundTerminals: Handler<"thread/backgroundTerminals/clean"> = async (
  { threadId },
  { server },
) => {
  await requireThread(server, threadId).commands.terminateAll();
  return {};
};
