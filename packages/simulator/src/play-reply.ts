import type { ServerResponse } from "node:http";

import { playSteps } from "./play-steps.js";
import type { CompiledReply } from "./reply.js";

/** Sends an answer over HTTP; `sent` as {@link playSteps} has it. No timer outlives the response. */
export function playReply(reply: CompiledReply, response: ServerResponse, sent: () => void): void {
  if (reply.status === undefined || response.destroyed) return;
  response.writeHead(reply.status, reply.headers);
  let headersLeft = false;
  const flushHeaders = (): void => {
    if (!headersLeft) response.flushHeaders();
    headersLeft = true;
  };
  let stop = (): void => undefined;
  response.once("close", () => stop());
  stop = playSteps(
    reply.steps,
    {
      isGone: () => response.destroyed,
      write: (bytes, isLast) => {
        // The last write and the end leave together: one system call for an answer without delays.
        if (isLast) response.end(bytes);
        else response.write(bytes);
        headersLeft = true;
        return isLast;
      },
      rest: flushHeaders,
      cut: () => {
        flushHeaders();
        destroyAfterFlush(response);
      },
      end: () => void response.end(),
    },
    sent,
  );
}

/** Cuts the connection once the bytes before the cut have left; destroying at once would lose them. */
function destroyAfterFlush(response: ServerResponse): void {
  // Writes are corked until the next tick, so this empty write comes after them.
  setImmediate(() => {
    if (response.socket === null) response.destroy();
    else response.socket.write("", () => response.destroy());
  });
}
