import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectTls, rootCertificates, type TLSSocket } from "node:tls";

import { messageOf } from "@switchboard/protocol";
import { Agent, ProxyAgent, type buildConnector, type Dispatcher } from "undici";

import { isSocks, proxyFor, type Destination, type NetworkOptions } from "./network.js";
import { connectThroughSocks } from "./socks.js";

/** The pools of connections of one request client. */
export interface Pools {
  /** The pool that goes the way to a destination: directly, or through its proxy. */
  readonly for: (destination: Destination) => Dispatcher;
  /** Aborts what is under way and closes all connections. */
  readonly destroy: () => Promise<void>;
}

/** Largest block of headers of an answer, in bytes. Node's default of 16 KiB is less than one large cookie. */
const maxHeaderBytes = 256 * 1024;

/** The certificates that are trusted, as TLS options. */
export function trust({ extraCertificates }: NetworkOptions): { readonly ca?: string[] } {
  return extraCertificates === undefined ? {} : { ca: [...rootCertificates, extraCertificates] };
}

/**
 * Opens the pools of connections. This module is imported by the first request of the process, because
 * undici takes longer to load than all the rest.
 */
export function openPools(network: NetworkOptions): Pools {
  const tls = trust(network);
  const shared = { maxHeaderSize: maxHeaderBytes, allowH2: network.http2 ?? false };
  const pools = new Map<string, Dispatcher>();
  const open = (proxy: string): Dispatcher => {
    if (proxy === "") return new Agent({ ...shared, connect: tls });
    if (isSocks(proxy)) return new Agent({ ...shared, connect: socksConnector(proxy, tls) });
    // Plain requests are told to the proxy, only secure ones go through a tunnel, as proxies expect it.
    return new ProxyAgent({ ...shared, uri: proxy, requestTls: tls, proxyTls: tls, proxyTunnel: false });
  };
  return {
    for(destination) {
      const proxy = proxyFor(network, destination) ?? "";
      const pool = pools.get(proxy) ?? open(proxy);
      pools.set(proxy, pool);
      return pool;
    },
    destroy: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function socksConnector(proxy: string, tls: { readonly ca?: string[] }): buildConnector.connector {
  const open = async ({
    hostname,
    port,
    protocol,
    servername,
  }: buildConnector.Options): Promise<Socket | TLSSocket> => {
    const isSecure = protocol === "https:";
    const socket = await connectThroughSocks(proxy, hostname, Number(port || (isSecure ? 443 : 80)));
    if (!isSecure) return socket;
    const secured = connectTls({ ...tls, socket, servername: servername ?? hostname, ALPNProtocols: ["http/1.1"] });
    await once(secured, "secureConnect");
    return secured;
  };
  return (options, callback) => {
    open(options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(messageOf(error)), null),
    );
  };
}
