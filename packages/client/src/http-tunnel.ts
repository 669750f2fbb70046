import { request } from "node:http";
import type { Socket } from "node:net";

import { SwitchboardError } from "@switchboard/protocol";

import { connectTo } from "./dispatcher.js";
import type { Address, NetworkOptions } from "./network.js";
import { basicAuthorization } from "./userinfo.js";

/**
 * Opens a TCP connection to a host through an HTTP proxy, by CONNECT (RFC 9110, section 9.3.6). The caller owns
 * the socket. The signal ends the attempt, and its connection to the proxy with it.
 */
export function openHttpTunnel(
  proxy: URL,
  { host, port }: Address,
  network: NetworkOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const authorization = basicAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
      createConnection: () => connectTo(proxy, network),
      signal,
    });
    asked.once("error", reject);
    asked.once("connect", ({ statusCode = 0 }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(new SwitchboardError({ code: "proxy_refused", message: `the proxy answered ${statusCode}` }));
    });
    asked.end();
  });
}
