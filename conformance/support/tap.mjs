import { connect, createServer } from "node:net";

import { recorder } from "./wire.mjs";

/** Connections so far, for their names in the record. */
let count = 0;

/**
 * Listens in front of the server, hands every byte on unchanged in both directions, and records the WebSocket
 * messages it sees pass. The client talks to the server as if the tap were not there.
 *
 * @param {string} target `ws://HOST:PORT` or `unix://PATH` of the server
 * @param {{ folder: string, path?: string }} options where to record; a path listens on a unix socket
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startTap(target, { folder, path }) {
  const { Receiver } = await import("ws");
  const sockets = new Set();
  const server = createServer((client) => {
    count += 1;
    const record = recorder(folder, `tap-${count}`);
    const upstream = connect(addressOf(target));
    for (const [from, source, sink] of /** @type {const} */ ([
      ["client", client, upstream],
      ["server", upstream, client],
    ])) {
      sockets.add(source);
      const receiver = new Receiver({ isServer: from === "client" });
      receiver.on("message", (/** @type {Buffer} */ data) => record(from, data.toString("utf8")));
      receiver.on("error", () => {});
      // The receiver unmasks in place: it gets a copy.
      const frames = afterHandshake((bytes) => receiver.write(Buffer.from(bytes)));
      source.on("data", frames);
      source.pipe(sink);
      source.on("error", () => sink.destroy());
      source.on("close", () => {
        sockets.delete(source);
        sink.end();
      });
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    if (path === undefined) server.listen(0, "127.0.0.1", () => resolve(undefined));
    else server.listen(path, () => resolve(undefined));
  });
  const address = server.address();
  return {
    url: address !== null && typeof address === "object" ? `ws://127.0.0.1:${address.port}` : `unix://${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Passes on what follows the head of the HTTP request or answer that opens a WebSocket.
 *
 * @param {(bytes: Buffer) => void} take
 * @returns {(bytes: Buffer) => void}
 */
function afterHandshake(take) {
  let head = Buffer.alloc(0);
  let open = false;
  return (bytes) => {
    if (open) return take(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    open = /^(GET |HTTP\/1\.1 101)/.test(head.toString("latin1", 0, 16));
    const rest = head.subarray(end + 4);
    if (open && rest.length > 0) take(rest);
    return undefined;
  };
}

/** @param {string} url */
function addressOf(url) {
  if (url.startsWith("unix://")) return { path: url.slice("unix://".length) };
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
