import type { Socket } from "node:net";

import { SocksClient } from "socks";

/** Opens a TCP connection to a host through a SOCKS proxy (`socks5://`, `socks5h://` or `socks4://`). The host is resolved by the proxy. */
export async function connectThroughSocks(proxy: string, host: string, port: number): Promise<Socket> {
  const url = new URL(proxy);
  const { socket } = await SocksClient.createConnection({
    command: "connect",
    destination: { host, port },
    proxy: {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? 1080 : Number(url.port),
      type: url.protocol.startsWith("socks4") ? 4 : 5,
      ...(url.username === ""
        ? {}
        : { userId: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
    },
  });
  return socket;
}
