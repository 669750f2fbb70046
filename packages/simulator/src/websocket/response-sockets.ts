import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { RecordedRequest } from "../recorded-request.js";
import type { CompiledReply } from "../reply.js";
import { playOverSocket } from "./play-over-socket.js";
import { acceptUpgrade, refuseUpgrade } from "./upgrade.js";

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
    if (refusal !== undefined) return refuseUpgrade(refusal, socket);
    acceptUpgrade(incoming, socket, head, (text) => this.#answer(incoming, socket, text));
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
