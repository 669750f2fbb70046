import { createServer, type AddressInfo, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A server that takes connections, reads what comes, and never says anything. */
export interface SilentServer {
  readonly port: number;
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts one on loopback, gone when the test has finished. */
export async function silentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.resume();
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}
