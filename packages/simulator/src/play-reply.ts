import type { ServerResponse } from "node:http";
import type { CompiledReply } from "./reply.js";

/**
 * Sends an answer, step by step. `sent` is called once, when the last step was taken; it is not called
 * when the peer went away before, nor after a step that never ends. No timer outlives the response.
 */
export function playReply(reply: CompiledReply, response: ServerResponse, sent: () => void): void {
  if (reply.status === undefined || response.destroyed) return;
  response.writeHead(reply.status, reply.headers);
  let position = 0;
  let timer: NodeJS.Timeout | undefined;
  let headersLeft = false;
  const flushHeaders = (): void => {
    if (!headersLeft) response.flushHeaders();
    headersLeft = true;
  };
  response.once("close", () => clearTimeout(timer));

  const proceed = (): void => {
    while (!response.destroyed) {
      const step = reply.steps[position];
      position += 1;
      switch (step?.kind) {
        case "write": {
          // The last write and the end leave together: one system call for an answer without delays.
          if (reply.steps[position]?.kind === "end") {
            response.end(step.bytes);
            sent();
            return;
          }
          headersLeft = true;
          response.write(step.bytes);
          break;
        }
        case "pause":
          flushHeaders();
          timer = setTimeout(proceed, step.ms);
          return;
        case "yield":
          setImmediate(proceed);
          return;
        case "hold":
          flushHeaders();
          step.until.then(proceed, proceed);
          return;
        case "destroy":
          flushHeaders();
          destroyAfterFlush(response);
          sent();
          return;
        case "silence":
          flushHeaders();
          return;
        case "end":
        case undefined:
          response.end();
          sent();
          return;
      }
    }
  };
  proceed();
}

/** Cuts the connection once the bytes before the cut have left; destroying at once would lose them. */
function destroyAfterFlush(response: ServerResponse): void {
  // Writes are corked until the next tick, so this empty write comes after them.
  setImmediate(() => {
    if (response.socket === null) response.destroy();
    else response.socket.write("", () => response.destroy());
  });
}
