/** What a WebSocket's bytes say, as far as a model endpoint needs it. */
export type IncomingFrame =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "ping"; readonly payload: Buffer }
  | { readonly kind: "close" };

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Reads a client's frames (RFC 6455, section 5.2), however the bytes are cut. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #message: Buffer[] = [];

  /** The frames that are complete with these bytes. Binary messages and pongs are left out. */
  read(bytes: Buffer): IncomingFrame[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const frames: IncomingFrame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return frames;
      const { opcode, isLast, payload } = frame;
      if (opcode === opcodes.close) frames.push({ kind: "close" });
      else if (opcode === opcodes.ping) frames.push({ kind: "ping", payload });
      else if (opcode === opcodes.text || opcode === opcodes.continuation) {
        this.#message.push(payload);
        if (!isLast) continue;
        frames.push({ kind: "text", text: Buffer.concat(this.#message).toString("utf8") });
        this.#message = [];
      }
    }
  }

  #next(): { readonly opcode: number; readonly isLast: boolean; readonly payload: Buffer } | undefined {
    const bytes = this.#pending;
    if (bytes.length < 2) return undefined;
    const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)];
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const start = 2 + extended + (masked ? 4 : 0);
    if (bytes.length < start) return undefined;
    const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return undefined;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (masked) {
      const mask = bytes.subarray(start - 4, start);
      for (let index = 0; index < length; index += 1) {
        payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
      }
    }
    this.#pending = bytes.subarray(start + length);
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload };
  }
}

/** A text message in one frame, as a server sends it. */
export function textFrame(text: string): Buffer {
  return encode(opcodes.text, Buffer.from(text, "utf8"));
}

/** A binary message in one frame. */
export function binaryFrame(payload: Buffer): Buffer {
  return encode(opcodes.binary, payload);
}

/** The answer to a ping. */
export function pongFrame(payload: Buffer): Buffer {
  return encode(opcodes.pong, payload);
}

/** An orderly end with a code. */
export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return encode(opcodes.close, payload);
}

function encode(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head.writeUInt8(0x80 | opcode, 0);
  if (length < 126) {
    head.writeUInt8(length, 1);
  } else if (length < 65_536) {
    head.writeUInt8(126, 1);
    head.writeUInt16BE(length, 2);
  } else {
    head.writeUInt8(127, 1);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
