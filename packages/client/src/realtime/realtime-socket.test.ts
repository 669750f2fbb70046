import type { Duplex } from "node:stream";

import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer, type WebSocket as Peer } from "ws";

import type { RealtimeEvent } from "./events.js";
import type { RealtimeEnd, RealtimeSocket } from "./realtime-socket.js";
import { RealtimeSockets } from "./realtime-sockets.js";

/** A connection to a peer that does as the test says, down to its bytes. */
async function connected(): Promise<{ readonly socket: RealtimeSocket; readonly peer: Peer; readonly stream: Duplex }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const accepted = new Promise<{ peer: Peer; stream: Duplex }>((resolve) =>
    server.once("connection", (peer, { socket: stream }) => resolve({ peer, stream })),
  );
  const socket = await new RealtimeSockets().open({
    url: `ws://127.0.0.1:${port}/`,
    version: "v2",
    headers: {},
    owner: {},
    attribution: { connection: undefined, client: undefined, originator: undefined },
    connectTimeoutMs: 60_000,
    signal: new AbortController().signal,
  });
  const { peer, stream } = await accepted;
  onTestFinished(() => peer.terminate());
  return { socket, peer, stream };
}

/** A peer's goodbye, after which it goes on to hold the connection. */
const goodbye = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

const begin = JSON.stringify({ type: "response.created" });

describe("the WebSocket of a realtime conversation", () => {
  it("is closed by the peer's goodbye, also when the peer keeps the connection", async () => {
    const { socket, peer, stream } = await connected();
    // What it does not read it does not answer, nor does it end the connection.
    peer.pause();
    const end = new Promise<RealtimeEnd>((onClose) => socket.receive({ onEvent: () => undefined, onClose }));
    stream.write(goodbye);
    expect(await end).toEqual({ kind: "closed", code: 1000 });
  });

  it("reports what its receiver cannot take to it as an error, and is cut", async () => {
    const { socket, peer } = await connected();
    const events: RealtimeEvent[] = [];
    const ends: RealtimeEnd[] = [];
    const gone = new Promise((resolve) => peer.once("close", resolve));
    socket.receive({
      onEvent: (event) => {
        events.push(event);
        if (event.kind !== "error") throw new Error("a bug");
      },
      onClose: (end) => ends.push(end),
    });
    peer.send(begin);
    peer.send(begin);
    expect(await gone).toBe(1006);
    expect(events).toEqual([{ kind: "responseBegan" }, { kind: "error", message: "a bug" }]);
    await socket.close();
    expect(ends).toEqual([]);
  });
});
