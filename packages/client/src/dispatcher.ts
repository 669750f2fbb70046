import { rootCertificates } from "node:tls";

import { Agent, EnvHttpProxyAgent, type Dispatcher } from "undici";

import type { NetworkOptions } from "./network.js";

/** The pools of connections of one request client. */
export interface Pools {
  /** The pool for URLs of a scheme; each scheme has its own proxy, or none. */
  readonly for: (protocol: "http:" | "https:") => Dispatcher;
  /** Aborts what is under way and closes all connections. */
  readonly destroy: () => Promise<void>;
}

/**
 * Opens the pools of connections. This module is imported by the first request of the process, because
 * undici takes longer to load than all the rest.
 */
export function openPools({ httpProxy = "", httpsProxy = "", noProxy = "", extraCertificates }: NetworkOptions): Pools {
  const tls = extraCertificates === undefined ? {} : { ca: [...rootCertificates, extraCertificates] };
  const direct = new Agent({ connect: tls });
  // Told of one proxy only, the proxy agent would send the other scheme there too; told of none, it would
  // look into the process environment. So each scheme with a proxy has an agent of its own.
  const through = (proxy: string): Dispatcher =>
    proxy === ""
      ? direct
      : new EnvHttpProxyAgent({
          httpProxy: proxy,
          httpsProxy: proxy,
          noProxy,
          connect: tls,
          requestTls: tls,
          proxyTls: tls,
        });
  const [http, https] = [through(httpProxy), through(httpsProxy)];
  return {
    for: (protocol) => (protocol === "https:" ? https : http),
    destroy: async () => {
      await Promise.all([...new Set([direct, http, https])].map((pool) => pool.destroy()));
    },
  };
}
