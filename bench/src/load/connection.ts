import { connect, type Socket } from "node:net";
import { clientFrame, FrameReader, Opcode, type MessageHandler } from "./frames.js";

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  readonly message: MessageHandler;
  readonly close: (reason: Error) => void;
}

/** The least WebSocket client that can load a server: text frames, no extensions, no checks. */
export class Connection {
  readonly #socket: Socket;
  #pending: Buffer[] = [];

  private constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    const reader = new FrameReader(events.message, (opcode, payload) => {
      if (opcode === Opcode.ping) this.#push(clientFrame(Opcode.pong, payload));
      if (opcode === Opcode.close) socket.destroy(new Error(closeReason(payload)));
    });
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    let reason = new Error("The server closed the connection");
    socket.on("error", (error) => {
      reason = error;
    });
    socket.on("close", () => events.close(reason));
  }

  /** Connects and upgrades. */
  static async open(url: string, events: ConnectionEvents): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3dpdGNoYm9hcmQtbG9hZA==\r\n\r\n",
    );
    const rest = await upgraded(socket);
    const connection = new Connection(socket, events);
    if (rest.length > 0) socket.unshift(rest);
    socket.resume();
    return connection;
  }

  /** Sends a text message; messages of one turn of the event loop leave in one write. */
  send(message: string): void {
    this.#push(clientFrame(Opcode.text, Buffer.from(message)));
  }

  /** Drops the connection. */
  close(): void {
    this.#socket.destroy();
  }

  #push(frame: Buffer): void {
    this.#pending.push(frame);
    if (this.#pending.length > 1) return;
    queueMicrotask(() => {
      const frames = this.#pending;
      this.#pending = [];
      if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(frames));
    });
  }
}

/** Waits for the end of the upgrade's answer; gives the bytes after it. */
async function upgraded(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const stop = (): void => {
      socket.pause();
      socket.off("data", read);
      socket.off("error", reject);
      socket.off("close", closed);
    };
    const closed = (): void => reject(new Error("The server refused the connection"));
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      stop();
      const [status = ""] = head.toString("latin1", 0, end).split("\r\n", 1);
      if (status.startsWith("HTTP/1.1 101")) {
        resolve(head.subarray(end + 4));
      } else {
        socket.destroy();
        reject(new Error(`No upgrade: ${status}`));
      }
    };
    socket.on("data", read);
    socket.on("error", reject);
    socket.on("close", closed);
  });
}

function closeReason(payload: Buffer): string {
  const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
  return `The server closed the connection: ${code} ${payload.toString("utf8", 2)}`;
}
