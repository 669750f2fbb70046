import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, rootCertificates } from "node:tls";

import { messageOf, SwitchboardError } from "@switchboard/protocol";
import { Agent, ProxyAgent, type buildConnector, type Dispatcher } from "undici";

import { addressOf, isSocks, proxyFor, type Destination, type NetworkOptions } from "./network.js";
import { connectThroughSocks } from "./socks.js";
import { basicAuthorization } from "./userinfo.js";
import { withinTime } from "./within-time.js";

/** The pools of connections of one request client. */
export interface Pools {
  /**
   * The pool that goes the way to a destination: directly, or through its proxy.
   *
   * @throws {@link SwitchboardError} `invalid_proxy`
   */
  readonly for: (destination: Destination) => Dispatcher;
  /** Aborts what is under way and closes all connections. */
  readonly destroy: () => Promise<void>;
}

/** Largest block of headers of an answer, in bytes. Node's default of 16 KiB is less than one large cookie. */
const maxHeaderBytes = 256 * 1024;

/** Longest way through a SOCKS proxy to a server, TLS included, in milliseconds. */
const maxSocksMs = 30_000;

/** The certificates that are trusted, as TLS options. */
function trust({ extraCertificates }: NetworkOptions): { readonly ca?: string[] } {
  return extraCertificates === undefined ? {} : { ca: [...rootCertificates, extraCertificates] };
}

/**
 * A connection to a server, which the caller owns: through a tunnel that leads there, or a new one. For `https:`
 * it is secure, and never speaks HTTP/2, which knows no upgrades.
 */
export function connectTo(destination: Destination, network: NetworkOptions, tunnel?: Socket): Socket {
  const address = addressOf(destination);
  if (destination.protocol !== "https:") return tunnel ?? connectTcp(address);
  return connectTls({
    ...trust(network),
    // The certificate must be for this host, also in a tunnel.
    ...address,
    ...(tunnel === undefined ? {} : { socket: tunnel }),
    // TLS names hosts, no addresses (RFC 6066, section 3).
    servername: isIP(address.host) === 0 ? address.host : "",
    ALPNProtocols: ["http/1.1"],
  });
}

/**
 * Opens the pools of connections. This module is imported by the first request of the process, because
 * undici takes longer to load than all the rest.
 */
export function openPools(network: NetworkOptions): Pools {
  const tls = trust(network);
  const shared = { maxHeaderSize: maxHeaderBytes, allowH2: network.http2 ?? false };
  const closing = new AbortController();
  const pools = new Map<string, Dispatcher>();
  const open = (proxy: URL | undefined): Dispatcher => {
    if (proxy === undefined) return new Agent({ ...shared, connect: tls });
    if (isSocks(proxy)) return new Agent({ ...shared, connect: socksConnector(proxy, network, closing.signal) });
    const token = basicAuthorization(proxy);
    return new ProxyAgent({
      ...shared,
      uri: proxy.origin,
      ...(token === undefined ? {} : { token }),
      requestTls: tls,
      proxyTls: tls,
      // Plain requests are told to the proxy, only secure ones go through a tunnel, as proxies expect it.
      proxyTunnel: false,
    });
  };
  return {
    for(destination) {
      const proxy = proxyFor(network, destination);
      const key = proxy?.href ?? "";
      const pool = pools.get(key) ?? open(proxy);
      pools.set(key, pool);
      return pool;
    },
    destroy: async () => {
      closing.abort();
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function socksConnector(proxy: URL, network: NetworkOptions, closing: AbortSignal): buildConnector.connector {
  const late = () =>
    new SwitchboardError({
      code: "connect_failed",
      message: `the SOCKS proxy leads nowhere within ${maxSocksMs} ms`,
      isRetryable: true,
    });
  const open = (destination: Destination): Promise<Socket> =>
    withinTime({ limitMs: maxSocksMs, late, signal: closing }, async (signal) => {
      try {
        const tunnel = await connectThroughSocks(proxy, addressOf(destination), signal);
        // What fails it after the signal is nobody's news; after that the library listens too.
        const socket = connectTo(destination, network, tunnel).on("error", () => undefined);
        if (socket !== tunnel) await once(socket, "secureConnect", { signal });
        return socket;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    });
  return ({ protocol, hostname, port }, callback) => {
    open({ protocol, hostname, port }).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(messageOf(error)), null),
    );
  };
}
