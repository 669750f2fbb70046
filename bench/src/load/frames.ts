/** Opcodes of RFC 6455, section 5.2, that we meet. */
export const Opcode = { continuation: 0x0, text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** One frame from client to server. The mask is fixed: it must be there, but nothing here needs it random. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const headerLength = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = 0x80 | opcode;
  if (length < 126) {
    frame[1] = 0x80 | length;
  } else if (length < 65_536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  const maskAt = headerLength - 4;
  for (let index = 0; index < 4; index += 1) frame[maskAt + index] = MASK[index] ?? 0;
  for (let index = 0; index < length; index += 1) {
    frame[headerLength + index] = (payload[index] ?? 0) ^ (MASK[index & 3] ?? 0);
  }
  return frame;
}

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** Receives a message as a range of a buffer that is only valid during the call. */
export type MessageHandler = (bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts a server's byte stream into messages without copying them: on two cores the client's work slows
 * the server down, so it does as little as possible.
 */
export class FrameReader {
  readonly #message: MessageHandler;
  readonly #control: (opcode: number, payload: Buffer) => void;
  #rest: Buffer | undefined;
  #fragments: Buffer[] = [];

  constructor(message: MessageHandler, control: (opcode: number, payload: Buffer) => void) {
    this.#message = message;
    this.#control = control;
  }

  /** Takes the next bytes off the wire. */
  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let position = 0;
    while (bytes.length - position >= 2) {
      const first = bytes[position] ?? 0;
      let length = (bytes[position + 1] ?? 0) & 0x7f;
      let start = position + 2;
      if (length === 126) {
        if (bytes.length < start + 2) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (bytes.length < start + 8) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      const end = start + length;
      if (bytes.length < end) break;
      this.#frame(first, bytes, start, end);
      position = end;
    }
    // A copy: the chunk may be a view of a buffer that the socket fills again.
    if (position < bytes.length) this.#rest = Buffer.from(bytes.subarray(position));
  }

  #frame(first: number, bytes: Buffer, start: number, end: number): void {
    const opcode = first & 0x0f;
    if (opcode >= 0x8) {
      this.#control(opcode, bytes.subarray(start, end));
    } else if (first === 0x81) {
      this.#message(bytes, start, end);
    } else {
      this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
      if ((first & 0x80) === 0) return;
      const whole = Buffer.concat(this.#fragments);
      this.#fragments = [];
      this.#message(whole, 0, whole.length);
    }
  }
}
