import { SwitchboardError } from "@switchboard/protocol";

import { isReachedDirectly } from "./no-proxy.js";

/** How this process reaches the network. Values come from the operator; nothing is read from the environment here. */
export interface NetworkOptions {
  /**
   * Proxy for `http:` URLs: `http://`, `https://`, `socks5://` or `socks4://`, with user and password if it wants
   * them. Without a scheme it is `http://`.
   */
  readonly httpProxy?: string | undefined;
  /** Proxy for `https:` URLs. */
  readonly httpsProxy?: string | undefined;
  /** Proxy for those of the two that have none of their own. */
  readonly allProxy?: string | undefined;
  /** Hosts that are reached directly. */
  readonly noProxy?: string | undefined;
  /** More trusted certificates, PEM, beside the built-in ones. */
  readonly extraCertificates?: string | undefined;
  /** Speak HTTP/2 with servers that offer it. Default: HTTP/1.1 only. */
  readonly http2?: boolean | undefined;
}

/** Where a request goes, as far as the way there matters. `ws:` and `wss:` count as `http:` and `https:`. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

/** A host and a port to connect to. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The address that a URL names, with the port of its scheme if it has none of its own. */
export function addressOf({ protocol, hostname, port }: Destination): Address {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (port !== "") return { host, port: Number(port) };
  if (protocol.startsWith("socks")) return { host, port: 1080 };
  return { host, port: isSecure(protocol) ? 443 : 80 };
}

/** The proxies by the names that the operator knows them by. */
const settingNames = { httpProxy: "HTTP_PROXY", httpsProxy: "HTTPS_PROXY", allProxy: "ALL_PROXY" } as const;

/**
 * The proxy on the way to a destination, or undefined for the direct way.
 *
 * @throws {@link SwitchboardError} `invalid_proxy`; its text names the setting and nothing of its value.
 */
export function proxyFor(network: NetworkOptions, destination: Destination): URL | undefined {
  const own = isSecure(destination.protocol) ? "httpsProxy" : "httpProxy";
  const setting = network[own] ? own : "allProxy";
  const value = network[setting];
  if (!value) return undefined;
  const { host, port } = addressOf(destination);
  return isReachedDirectly(network.noProxy ?? "", host, port) ? undefined : proxyUrl(setting, value);
}

/** Whether a proxy speaks SOCKS. */
export function isSocks({ protocol }: URL): boolean {
  return protocol.startsWith("socks");
}

const proxySchemes = new Set(["http:", "https:", "socks:", "socks4:", "socks4a:", "socks5:", "socks5h:"]);

function proxyUrl(setting: keyof typeof settingNames, value: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value.trim()) ? value : `http://${value.trim()}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.hostname !== "" && proxySchemes.has(url.protocol)) return url;
  throw new SwitchboardError({
    code: "invalid_proxy",
    message: `the proxy ${setting} (${settingNames[setting]}) is not a URL of the scheme http, https, socks5 or socks4; nothing can be sent through it until it is mended or unset`,
  });
}

function isSecure(protocol: string): boolean {
  return protocol === "https:" || protocol === "wss:";
}
