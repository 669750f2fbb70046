import { createHash } from "node:crypto";
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { RecordedRequest } from "../recorded-request.js";
import type { CompiledReply } from "../reply.js";
import { closeFrame, FrameReader, pongFrame } from "./frames.js";
import { playOverSocket } from "./play-over-socket.js";

/** What the sockets of a simulator need of it. */
export interface SocketHost {
  /** Records a handshake; gives what refuses it, or undefined to open the socket. */
  readonly onHandshake: (incoming: IncomingMessage, socket: Duplex) => CompiledReply | undefined;
  /** Records a `response.create`, and finds the answer. */
  readonly onRequest: (
    incoming: IncomingMessage,
    socket: Duplex,
    body: Buffer,
  ) => { readonly request: RecordedRequest; readonly reply: Promise<CompiledReply> };
  readonly now: () => number;
}

/** The WebSockets of a simulator on which responses are asked for. */
export class ResponseSockets {
  readonly #host: SocketHost;
  readonly #open = new Set<Duplex>();
  #closed = false;

  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** How many are open now. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Takes an upgrade request. */
  accept(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => undefined);
    const refusal = this.#host.onHandshake(incoming, socket);
    // A handshake that never ends is kept, too, so that closing ends it.
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#closed) socket.destroy();
    if (refusal !== undefined) return refuse(refusal, socket);
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
        else this.#answer(incoming, socket, frame.text);
      }
    };
    socket.on("data", read);
    // Upgraded sockets stay half open otherwise.
    socket.once("end", () => socket.end());
    if (head.length > 0) read(head);
  }

  /** Cuts all that are open, as a server that falls over does. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  close(): void {
    this.#closed = true;
    this.cut();
  }

  #answer(incoming: IncomingMessage, socket: Duplex, text: string): void {
    const { request, reply } = this.#host.onRequest(incoming, socket, Buffer.from(text, "utf8"));
    const { now } = this.#host;
    const abort = () => request.settle("aborted", now());
    socket.once("close", abort);
    void reply.then((compiled) =>
      playOverSocket(compiled, socket, () => {
        socket.off("close", abort);
        request.settle("sent", now());
      }),
    );
  }
}

/** `status: undefined` leaves the handshake without an answer; a `destroy` cuts it. */
function refuse({ status, headers, steps }: CompiledReply, socket: Duplex): void {
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
