import { isIP, isIPv6 } from "node:net";

import { SwitchboardError } from "../errors.js";

/** Where a server listens. */
export type ListenAddress =
  | { readonly kind: "stdio" }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** An empty path stands for the server's default path. */
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "off" };

/**
 * Reads the value of `--listen`: `stdio://`, `ws://IP:PORT`, `unix://`, `unix://PATH` or `off`. The
 * host must be a numeric address, so that what is bound never depends on a name service.
 *
 * @throws {@link SwitchboardError} `invalid_listen_url`
 */
export function parseListenUrl(url: string): ListenAddress {
  if (url === "stdio://") return { kind: "stdio" };
  if (url === "off") return { kind: "off" };
  if (url.startsWith("unix://")) return { kind: "unix", path: url.slice("unix://".length) };
  if (!url.startsWith("ws://")) {
    throw invalid(
      `unsupported --listen URL \`${url}\`; expected \`stdio://\`, \`unix://\`, \`unix://PATH\`, \`ws://IP:PORT\`, or \`off\``,
    );
  }
  const match = /^ws:\/\/(\[[0-9a-fA-F:.]+\]|[0-9.]+):(\d{1,5})\/?$/.exec(url);
  const host = match?.[1]?.replace(/^\[|\]$/g, "") ?? "";
  const port = Number(match?.[2]);
  if (isIP(host) === 0 || !(port <= 65535))
    throw invalid(`invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``);
  return { kind: "tcp", host, port };
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "::1" || /^127(\.\d{1,3}){3}$/.test(host) || /^::ffff:127(\.\d{1,3}){3}$/i.test(host);
}

/** `ws://HOST:PORT`, with brackets round an IPv6 address. */
export function webSocketUrl(host: string, port: number): string {
  return `ws://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function invalid(message: string): SwitchboardError {
  return new SwitchboardError({ code: "invalid_listen_url", message });
}
