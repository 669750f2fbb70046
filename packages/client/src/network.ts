import { isReachedDirectly } from "./no-proxy.js";

/** How this process reaches the network. Values come from the operator; nothing is read from the environment here. */
export interface NetworkOptions {
  /** Proxy for `http:` URLs: `http://`, `https://` or `socks5://`, with user and password if it wants them. */
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

/** The proxy on the way to a destination, or undefined for the direct way. */
export function proxyFor(network: NetworkOptions, { protocol, hostname, port }: Destination): string | undefined {
  const isSecure = protocol === "https:" || protocol === "wss:";
  const proxy = (isSecure ? network.httpsProxy : network.httpProxy) || network.allProxy || undefined;
  if (proxy === undefined) return undefined;
  const portNumber = port === "" ? (isSecure ? 443 : 80) : Number(port);
  return isReachedDirectly(network.noProxy ?? "", hostname, portNumber) ? undefined : proxy;
}

/** Whether a proxy speaks SOCKS. */
export function isSocks(proxy: string): boolean {
  return /^socks/i.test(proxy);
}
