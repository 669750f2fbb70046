import { currentIdentity } from "@switchboard/login";
import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { refuseWhileDraining } from "../draining.js";
import { requireThread } from "./thread-id.js";

/** `thread/shellCommand`: runs a command that the user typed, without a sandbox; the model is told of it. */
export const runShellCommand: Handler<"thread/shellCommand"> = (
  { threadId, command, timeoutMs },
  { request, server },
) => {
  const owner = currentIdentity();
  const thread = requireThread(server, threadId);
  refuseWhileDraining(server);
  if (command.trim() === "") throw invalidRequest("command must not be empty");
  request.afterReply(
    thread.startShellCommand(command, timeoutMs ?? undefined, {
      owner,
      clientMetadata: {},
      trace: server.records.telemetry?.traceOf(request),
    }),
  );
  return {};
};
