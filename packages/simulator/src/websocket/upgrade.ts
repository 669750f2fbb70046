import { createHash } from "node:crypto";
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { CompiledReply } from "../reply.js";
import { closeFrame, FrameReader, pongFrame } from "./frames.js";

/** Opens a WebSocket for an upgrade request, and hands over its text messages. Pings and goodbyes are answered. */
export function acceptUpgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  onText: (text: string) => void,
): void {
  const accept = createHash("sha1")
    .update(`${incoming.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );
  const reader = new FrameReader();
  const read = (bytes: Buffer): void => {
    for (const frame of reader.read(bytes)) {
      if (frame.kind === "ping") socket.write(pongFrame(frame.payload));
      else if (frame.kind === "close") socket.end(closeFrame(1000));
      else onText(frame.text);
    }
  };
  socket.on("data", read);
  // Upgraded sockets stay half open otherwise.
  socket.once("end", () => socket.end());
  if (head.length > 0) read(head);
}

/** Refuses an upgrade request. `status: undefined` leaves it without an answer; a `destroy` cuts it. */
export function refuseUpgrade({ status, headers, steps }: CompiledReply, socket: Duplex): void {
  if (steps.some(({ kind }) => kind === "destroy")) {
    socket.destroy();
    return;
  }
  if (status === undefined) {
    // Unread, it would never be seen to end.
    socket.resume();
    socket.once("end", () => socket.end());
    return;
  }
  const body = Buffer.concat(steps.flatMap((step) => (step.kind === "write" ? [step.bytes] : [])));
  const lines = Object.entries({ ...headers, "content-length": body.length, connection: "close" }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name}: ${String(value)}`]),
  );
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.end(body);
}
