import type { FetchLike } from "@modelcontextprotocol/client";

import { McpError } from "./mcp-error.js";
import { maxMessageBytes } from "./stdio-transport.js";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * A `fetch` whose answers fail when one message of theirs is too large: a whole body, or one event of a
 * stream. `onBroken` is called when a stream of answers breaks off: what it would have answered never comes.
 */
export function boundedFetch(fetchIt: FetchLike, onBroken: () => void): FetchLike {
  return async (url, init) => {
    const response = await fetchIt(url, init);
    if (response.body === null) return response;
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    const isAwaited = isStream && init?.method === "POST";
    return new Response(bounded(response.body, isStream, isAwaited ? onBroken : () => undefined), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function bounded(
  body: ReadableStream<Uint8Array>,
  isStream: boolean,
  onBroken: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const limit = new MessageLimit(isStream);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          limit.take(value);
          controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          void reader.cancel(error).catch(() => undefined);
          onBroken();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Counts bytes; in an event stream anew after each blank line, which is where an event ends. */
class MessageLimit {
  readonly #isStream: boolean;
  #eventBytes = 0;
  #lineBytes = 0;

  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  /** @throws {@link McpError} `mcp_unexpected_answer` when the message is too large. */
  take(chunk: Uint8Array): void {
    let start = 0;
    for (let end = this.#isStream ? chunk.indexOf(lineFeed) : -1; end >= 0; end = chunk.indexOf(lineFeed, start)) {
      this.#lineBytes += end - start;
      const isBlank = this.#lineBytes === 0 || (this.#lineBytes === 1 && chunk[end - 1] === carriageReturn);
      this.#eventBytes = isBlank ? 0 : this.#eventBytes + this.#lineBytes;
      this.#lineBytes = 0;
      start = end + 1;
    }
    this.#lineBytes += chunk.length - start;
    if (this.#eventBytes + this.#lineBytes > maxMessageBytes)
      throw new McpError("mcp_unexpected_answer", `a message over ${maxMessageBytes} bytes`);
  }
}
