import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";
import type { Dispatcher } from "undici";

import type { HeaderList, Headers, OutboundRequest, OutboundResponse } from "./outbound.js";
import { decoded, limited } from "./response-body.js";

/** Most header lines of an answer. The reference's HTTP stack has the same limit. */
const maxHeaderLines = 100;

/** An answer as callers get it. @throws SwitchboardError `too_many_headers` */
export function asResponse(
  response: Dispatcher.ResponseData,
  url: URL,
  { decompress, maxBodyBytes }: OutboundRequest,
): OutboundResponse {
  const headerList = asHeaderList(response.headers);
  // Destroying a body that nobody listens to must not end the process. Whoever reads it hears its errors.
  let body: Readable = response.body.on("error", ignore);
  if (headerList.length > maxHeaderLines) {
    body.destroy();
    throw new SwitchboardError({
      code: "too_many_headers",
      message: `${url.origin} answered with more than ${maxHeaderLines} headers`,
    });
  }
  const headers = joinHeaders(headerList);
  if (decompress === true) body = decoded(body, headers["content-encoding"]).on("error", ignore);
  if (maxBodyBytes !== undefined) body = limited(body, maxBodyBytes).on("error", ignore);
  return { status: response.statusCode, url: url.href, headers, headerList, body };
}

/** With `responseHeaders: "raw"` the library gives names and values by turns, which its type does not say. */
function asHeaderList(raw: unknown): HeaderList {
  const flat: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const list: Array<readonly [string, string]> = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    list.push([headerText(flat[index]).toLowerCase(), headerText(flat[index + 1])]);
  }
  return list;
}

/** The library decodes the bytes as latin1; they are UTF-8 where they can be. */
function headerText(value: unknown): string {
  if (typeof value !== "string") return "";
  const bytes = Buffer.from(value, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : value;
}

function joinHeaders(list: HeaderList): Headers {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of list) joined[name] = joined[name] === undefined ? value : `${joined[name]}, ${value}`;
  return joined;
}

/** Most bytes of a body nobody wants that are read so that its connection can be used again. */
const maxDiscardedBytes = 64 * 1024;

/** Reads a body nobody wants to its end, if that is near. */
export function discard(body: Readable): void {
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxDiscardedBytes) body.destroy();
  });
}

const ignore = (): void => undefined;
