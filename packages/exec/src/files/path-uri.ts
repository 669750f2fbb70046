import { fileURLToPath, pathToFileURL } from "node:url";

import { invalidRequest } from "@switchboard/protocol";

import { invalidParams, text, type Read } from "../decode/read.js";

/**
 * The path that a `file://` URI names on this machine. The protocol knows no other way to name a file, and a URI has
 * no `..` left in it.
 */
export const path: Read<string> = (value) => {
  const uri = text(value);
  if (!URL.canParse(uri))
    throw invalidParams(
      `invalid URI: ${/^[a-z][a-z0-9+.-]*:/i.test(uri) ? "cannot be parsed" : "relative URL without a base"}`,
    );
  const url = new URL(uri);
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "file") throw invalidParams(`unsupported path URI scheme \`${scheme}\``);
  if (url.search !== "") throw invalidParams("query parameters are not allowed in path URIs");
  if (url.hash !== "") throw invalidParams("fragments are not allowed in path URIs");
  if (/%00/.test(url.pathname)) throw invalidParams(invalidHere(uri));
  // A Windows path that was meant for another machine would name something else here.
  if (process.platform !== "win32" && /^\/[A-Za-z]:(\/|$)/.test(url.pathname)) throw invalidRequest(invalidHere(uri));
  try {
    return fileURLToPath(url);
  } catch {
    throw invalidRequest(invalidHere(uri));
  }
};

/** The URI of a path of this machine. */
export function pathUri(nativePath: string): string {
  return pathToFileURL(nativePath).href;
}

function invalidHere(uri: string): string {
  return `'${uri}' is invalid on '${process.platform}'`;
}
