import type { Duplex } from "node:stream";

import { playSteps } from "../play-steps.js";
import type { CompiledReply } from "../reply.js";
import { closeFrame, textFrame } from "./frames.js";

/**
 * Sends an answer over a WebSocket: each event is a message, and the socket stays open for the next request. An
 * answer that is no stream becomes an `error` event with its status; one that ends before its last event closes
 * the socket. `sent` as {@link playSteps} has it.
 */
export function playOverSocket(reply: CompiledReply, socket: Duplex, sent: () => void): void {
  if (reply.status === undefined || socket.destroyed) return;
  if (reply.status !== 200) {
    socket.write(textFrame(errorEvent(reply, reply.status)));
    sent();
    return;
  }
  let text = "";
  let isComplete = false;
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

  let stop = (): void => undefined;
  const onClose = (): void => stop();
  socket.once("close", onClose);
  stop = playSteps(
    reply.steps,
    {
      isGone: () => socket.destroyed,
      write: (bytes) => {
        tell(bytes);
        return false;
      },
      rest: () => undefined,
      cut: () => void socket.write("", () => socket.destroy()),
      end: () => {
        if (!isComplete) socket.end(closeFrame(1000));
      },
    },
    () => {
      // The socket lives on, and would gather listeners.
      socket.off("close", onClose);
      sent();
    },
  );
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
