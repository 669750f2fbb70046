import { Socket } from "node:net";

import { SwitchboardError } from "@switchboard/protocol";
import { Client } from "undici";

import { trust } from "./dispatcher.js";
import type { NetworkOptions } from "./network.js";

/** Opens a TCP connection to a host through an HTTP proxy, by CONNECT (RFC 9110, section 9.3.6). */
export async function openHttpTunnel(
  proxy: string,
  host: string,
  port: number,
  network: NetworkOptions,
): Promise<Socket> {
  const url = new URL(proxy);
  const client = new Client(url.origin, { connect: trust(network) });
  const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const { statusCode, socket } = await client.connect({
    path: `${host}:${port}`,
    headers: {
      host: `${host}:${port}`,
      ...(url.username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(userinfo).toString("base64")}` }),
    },
  });
  if (statusCode === 200 && socket instanceof Socket) return socket;
  socket.destroy();
  throw new SwitchboardError({ code: "proxy_refused", message: `the proxy answered ${statusCode}` });
}
