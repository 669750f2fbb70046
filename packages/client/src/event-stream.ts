import type { Readable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";
import { createParser } from "eventsource-parser";

/** Most characters one event may hold. Model answers stay far below; a hostile endpoint must not fill the memory. */
const maxEventCharacters = 64 * 1024 * 1024;

/** Most bytes that are read after the event that was waited for. */
const maxRestBytes = 64 * 1024;

/**
 * Reads a body as server-sent events (WHATWG HTML, section 9.2) and hands over each event's data as soon
 * as it is complete. Bytes that are not UTF-8 become U+FFFD. `onData` returns true when it has all it wants.
 * Resolves with whether that happened; false means that the stream ended first.
 *
 * @throws {@link SwitchboardError} `event_too_large`, or the body's own error. The body is spent either way.
 */
export function readEventStream(body: Readable, onData: (data: string) => boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let finished = false;
    let restBytes = 0;
    const fail = (error: unknown) => {
      finished = true;
      body.destroy();
      reject(error);
    };
    const parser = createParser({
      maxBufferSize: maxEventCharacters,
      onEvent: ({ data }) => {
        if (finished || !onData(data)) return;
        finished = true;
        resolve(true);
      },
      onError: ({ type }) => {
        if (type !== "max-buffer-size-exceeded") return;
        fail(
          new SwitchboardError({
            code: "event_too_large",
            message: `an event of the stream is larger than ${maxEventCharacters} characters`,
          }),
        );
      },
    });
    const decoder = new TextDecoder();
    body.on("data", (chunk: Buffer) => {
      if (finished) {
        // Reading to the end, which is near, lets the connection be used again. A peer without an end loses it.
        restBytes += chunk.length;
        if (restBytes > maxRestBytes) body.destroy();
        return;
      }
      try {
        parser.feed(decoder.decode(chunk, { stream: true }));
      } catch (error) {
        fail(error);
      }
    });
    body.on("end", () => resolve(false));
    body.on("error", reject);
    body.on("close", () => resolve(false));
  });
}
