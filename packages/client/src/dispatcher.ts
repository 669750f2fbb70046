import { rootCertificates } from "node:tls";

import { Agent, EnvHttpProxyAgent, type Dispatcher } from "undici";

import type { NetworkOptions } from "./network.js";

/**
 * Opens the pool of connections. This module is imported by the first request of the process, because
 * undici takes longer to load than all the rest.
 */
export function openDispatcher({ httpProxy = "", httpsProxy = "", noProxy = "", extraCertificates }: NetworkOptions): Dispatcher {
  const tls = extraCertificates === undefined ? {} : { ca: [...rootCertificates, extraCertificates] };
  if (httpProxy === "" && httpsProxy === "") return new Agent({ connect: tls });
  // The empty strings matter: with undefined the agent would look into the process environment.
  return new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy, connect: tls, requestTls: tls, proxyTls: tls });
}
