import { pipeline, Transform, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { SwitchboardError } from "@switchboard/protocol";

/** The encodings that are asked for, and decoded, where decompression is wanted. */
export const acceptedEncodings = "gzip, deflate, br";

/**
 * A body with its encoding undone, if it has one we know. Back-pressure and errors go through; ending either
 * end ends the other.
 */
export function decoded(body: Readable, encoding: string | undefined): Readable {
  const decoder = decoderFor(encoding);
  return decoder === undefined ? body : pipeline(body, decoder, () => undefined);
}

/** A body that fails with `body_too_large` after so many bytes. */
export function limited(body: Readable, maxBytes: number): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      if (bytes <= maxBytes) return callback(null, chunk);
      callback(
        new SwitchboardError({ code: "body_too_large", message: `the answer is larger than ${maxBytes} bytes` }),
      );
    },
  });
  return pipeline(body, counter, () => undefined);
}

function decoderFor(encoding: string | undefined): Transform | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
