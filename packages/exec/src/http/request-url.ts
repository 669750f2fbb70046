import { invalid } from "./request-headers.js";

/**
 * Checks the URL of a request and gives the form that error texts name: without the user and password, which are
 * credentials.
 *
 * @throws RpcError -32602
 */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) throw invalid(`http/request url is invalid: ${whatIsWrong(text)}`);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw invalid(`http/request only supports http and https URLs, got ${url.protocol.slice(0, -1)}`);
  }
  url.username = "";
  url.password = "";
  return url.href;
}

/** The reference's word for the fault, as far as it shows. */
function whatIsWrong(text: string): string {
  const [, rest] = /^\s*[a-z][a-z0-9+.-]*:[/\\]*(.*)$/is.exec(text) ?? [];
  if (rest === undefined) return "relative URL without a base";
  const authority = rest.split(/[/\\?#]/, 1)[0] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host === "" || host.startsWith(":")) return "empty host";
  if (host.startsWith("[")) return host.includes("]:") ? "invalid port number" : "invalid IPv6 address";
  const port = /:([^:]*)$/.exec(host)?.[1];
  if (port !== undefined && (!/^\d*$/.test(port) || Number(port) > 65_535)) return "invalid port number";
  return "invalid international domain name";
}
