import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { SocksClient } from "socks";

import { addressOf, type Address } from "./network.js";
import { userinfoOf } from "./userinfo.js";

/**
 * Opens a TCP connection to a host through a SOCKS proxy (`socks5://`, `socks5h://` or `socks4://`). The host is
 * resolved by the proxy. The caller owns the socket; the signal destroys it at any time.
 */
export async function connectThroughSocks(proxy: URL, destination: Address, signal: AbortSignal): Promise<Socket> {
  const address = addressOf(proxy);
  // The library would keep a socket of its own making to itself until the proxy has answered.
  const socket = connect({ ...address, signal });
  await once(socket, "connect");
  const { user, password } = userinfoOf(proxy);
  await SocksClient.createConnection({
    command: "connect",
    destination,
    proxy: {
      ...address,
      type: proxy.protocol.startsWith("socks4") ? 4 : 5,
      ...(user === "" ? {} : { userId: user, password }),
    },
    existing_socket: socket,
  });
  return socket;
}
