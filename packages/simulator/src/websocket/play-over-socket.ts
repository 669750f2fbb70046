import type { Duplex } from "node:stream";

import type { CompiledReply } from "../reply.js";
import { closeFrame, textFrame } from "./frames.js";

/**
 * Sends an answer over a WebSocket: each event is a message, and the socket stays open for the next request. An
 * answer that is no stream becomes an `error` event with its status; one that ends before its last event closes
 * the socket. `sent` is called as {@link playReply} does.
 */
export function playOverSocket(reply: CompiledReply, socket: Duplex, sent: () => void): void {
  if (reply.status === undefined || socket.destroyed) return;
  if (reply.status !== 200) {
    socket.write(textFrame(errorEvent(reply, reply.status)));
    sent();
    return;
  }
  let position = 0;
  let text = "";
  let isComplete = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  socket.once("close", stop);
  const end = (): void => {
    // The socket lives on, and would gather listeners.
    socket.off("close", stop);
    sent();
  };

  const tell = (bytes: Buffer): void => {
    text += bytes.toString("utf8");
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    const messages = events.flatMap((event) => {
      const lines = event.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
      return lines.length === 0 ? [] : [lines.join("\n")];
    });
    if (messages.length === 0) return;
    isComplete = /"type":"response\.(completed|failed|incomplete)"/.test(messages.at(-1) ?? "");
    socket.write(Buffer.concat(messages.map(textFrame)));
  };

  const proceed = (): void => {
    while (!socket.destroyed) {
      const step = reply.steps[position];
      position += 1;
      switch (step?.kind) {
        case "write":
          tell(step.bytes);
          break;
        case "pause":
          timer = setTimeout(proceed, step.ms);
          return;
        case "yield":
          setImmediate(proceed);
          return;
        case "hold":
          step.until.then(proceed, proceed);
          return;
        case "destroy":
          socket.write("", () => socket.destroy());
          end();
          return;
        case "silence":
          return;
        case "end":
        case undefined:
          if (!isComplete) socket.end(closeFrame(1000));
          end();
          return;
      }
    }
  };
  proceed();
}

function errorEvent({ headers, steps }: CompiledReply, status: number): string {
  const body = Buffer.concat(steps.flatMap((step) => (step.kind === "write" ? [step.bytes] : []))).toString("utf8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = { error: { message: body } };
  }
  return JSON.stringify({ type: "error", status, ...Object(parsed), headers });
}
