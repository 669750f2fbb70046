import type { Readable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";

/** Most bytes of a streamed body in one delta. */
export const maxDeltaBytes = 1024 * 1024;

/**
 * Reads a body to its end.
 *
 * @throws {@link SwitchboardError} `body_too_large`, or whatever broke the body.
 */
export function readBody(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      reject(new SwitchboardError({ code: "body_too_large", message: `it is larger than ${maxBytes} bytes` }));
      body.destroy();
    });
    body.once("end", () => resolve(Buffer.concat(chunks, bytes)));
    body.once("error", reject);
    // A no-op after the end.
    body.once("close", () => reject(new SwitchboardError({ code: "connection_lost", message: "the body was cut" })));
  });
}

/** A chunk in pieces that fit into a delta. */
export function pieces(chunk: Buffer): readonly Buffer[] {
  if (chunk.length <= maxDeltaBytes) return [chunk];
  const cut: Buffer[] = [];
  for (let start = 0; start < chunk.length; start += maxDeltaBytes) {
    cut.push(chunk.subarray(start, start + maxDeltaBytes));
  }
  return cut;
}
