import type { JsonObject, RealtimeSocket } from "@switchboard/client";

/** Most bytes of audio that wait; a piece that comes while more wait is dropped: late audio is of no use. */
const maxWaitingAudioBytes = 1024 * 1024;

/** Most bytes of anything that wait. */
const maxWaitingBytes = 16 * 1024 * 1024;

/**
 * What a conversation sends: kept while there is no socket, and bounded while the peer does not take it. Audio
 * over its limit is dropped, as the reference drops it; anything else over the limit is refused.
 */
export class Outbox {
  #socket: RealtimeSocket | undefined;
  #waiting: JsonObject[] = [];
  #waitingBytes = 0;

  /** Sends what waits, and from now on everything, over a socket. */
  attach(socket: RealtimeSocket): void {
    this.#socket = socket;
    this.#waitingBytes = 0;
    for (const message of this.#waiting.splice(0)) socket.send(message);
  }

  /** Keeps what comes from now on for the next socket. */
  detach(): void {
    this.#socket = undefined;
  }

  /** Sends a piece of audio, or drops it. */
  sendAudio(message: JsonObject): void {
    if (this.#bytes() <= maxWaitingAudioBytes) this.#send(message);
  }

  /** Sends messages; false when too much waits already. */
  send(messages: readonly JsonObject[]): boolean {
    if (this.#bytes() > maxWaitingBytes) return false;
    for (const message of messages) this.#send(message);
    return true;
  }

  #send(message: JsonObject): void {
    if (this.#socket !== undefined) return this.#socket.send(message);
    this.#waiting.push(message);
    this.#waitingBytes += JSON.stringify(message).length;
  }

  #bytes(): number {
    return this.#waitingBytes + (this.#socket?.waitingBytes ?? 0);
  }
}
