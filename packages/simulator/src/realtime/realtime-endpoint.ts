import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { JsonValue, RecordedRequest } from "../recorded-request.js";
import type { CompiledReply, Reply } from "../reply.js";
import { acceptUpgrade, refuseUpgrade } from "../websocket/upgrade.js";
import { answerByDefault } from "./default-peer.js";
import { RealtimePeer } from "./realtime-peer.js";

/** How the simulator plays a realtime model. */
export interface RealtimeOptions {
  /** What refuses a WebSocket; undefined lets it open. Default: all open. */
  readonly handshake?: (request: RecordedRequest) => Reply | undefined;
  /** Answers the creation of a call; undefined for the usual answer. */
  readonly call?: (request: RecordedRequest) => Reply | undefined;
  /** Is told of each WebSocket as it opens. */
  readonly onOpen?: (peer: RealtimePeer) => void;
  /** Answers each message of a client. Default: see {@link answerByDefault}. */
  readonly onMessage?: (message: JsonValue, peer: RealtimePeer) => void;
}

/** What the simulator saw of realtime conversations. */
export interface RealtimeRecord {
  /** All handshakes so far, refused or not. */
  readonly handshakes: readonly RecordedRequest[];
  /** The requests that created calls. */
  readonly calls: readonly RecordedRequest[];
  /** The WebSockets that were opened, in order. */
  readonly peers: readonly RealtimePeer[];
  /** Waits until that many were opened and gives the last of them. Rejects after ten seconds. */
  readonly waitForPeer: (count: number) => Promise<RealtimePeer>;
}

/** The SDP that a call is answered with, for tests to compare. */
export const simulatedSdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=simulated\r\n";

/** The realtime side of a simulator: WebSockets of conversations and beside calls, and the creation of calls. */
export class RealtimeEndpoint implements RealtimeRecord {
  readonly handshakes: RecordedRequest[] = [];
  readonly calls: RecordedRequest[] = [];
  readonly peers: RealtimePeer[] = [];
  readonly #options: RealtimeOptions;
  readonly #open = new Set<Duplex>();
  readonly #waiters = new Set<() => void>();
  #closed = false;

  constructor(options: RealtimeOptions) {
    this.#options = options;
  }

  /** Whether a path is for it. */
  static takes(method: string, path: string): boolean {
    const [pathname = ""] = path.split("?", 1);
    return method === "POST"
      ? /\/(?:realtime\/calls|live)$/.test(pathname)
      : /\/(?:realtime|live(?:\/.*)?)$/.test(pathname);
  }

  /** How many WebSockets are open or being opened. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Takes an upgrade request. */
  accept(
    request: RecordedRequest,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    compile: (reply: Reply) => CompiledReply,
  ): void {
    const { handshake, onOpen, onMessage = answerByDefault } = this.#options;
    socket.on("error", () => undefined);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#closed) socket.destroy();
    this.handshakes.push(request);
    const refusal = handshake?.(request);
    if (refusal !== undefined) return refuseUpgrade(compile(refusal), socket);
    const peer = new RealtimePeer(request, socket);
    acceptUpgrade(incoming, socket, head, (text) => onMessage(peer.receive(text), peer));
    this.peers.push(peer);
    onOpen?.(peer);
    for (const check of this.#waiters) check();
  }

  /** Answers the creation of a call. */
  answerCall(request: RecordedRequest): Reply {
    this.calls.push(request);
    const usual: CompiledReply = {
      kind: "reply",
      status: 201,
      headers: {
        "content-type": "application/sdp",
        location: `/v1/realtime/calls/rtc_simulated_${this.calls.length}`,
      },
      steps: [{ kind: "write", bytes: Buffer.from(simulatedSdp) }, { kind: "end" }],
    };
    return this.#options.call?.(request) ?? usual;
  }

  async waitForPeer(count: number): Promise<RealtimePeer> {
    const there = this.peers[count - 1];
    if (there !== undefined) return there;
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#waiters.delete(check);
      };
      const check = () => {
        const peer = this.peers[count - 1];
        if (peer === undefined) return;
        stop();
        resolve(peer);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no realtime WebSocket number ${count}; there are ${this.peers.length}`));
      }, 10_000);
      this.#waiters.add(check);
    });
  }

  /** Cuts all that are open. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Cuts all, also those that come later. */
  close(): void {
    this.#closed = true;
    this.cut();
  }
}
