import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { clientFrame, FrameReader, Opcode } from "../src/load/frames.js";
import { classify } from "../src/load/incoming-message.js";
import { pipeline } from "../src/load/pipeline.js";
import { RpcClient } from "../src/load/rpc-client.js";

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const socket of server?.clients ?? []) socket.terminate();
  server?.close();
});

/** A server of another make, so that both sides of the framing are checked. */
async function serve(answer: (text: string, socket: WebSocket) => void): Promise<string> {
  const created = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server = created;
  created.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => answer(data.toString(), socket));
  });
  await once(created, "listening");
  const address = created.address();
  if (typeof address !== "object" || address === null) throw new Error("No address");
  return `ws://127.0.0.1:${address.port}`;
}

function field(text: string, name: string): unknown {
  const message: Record<string, unknown> = JSON.parse(text);
  return message[name];
}

describe("the load client", () => {
  it("exchanges messages of every length class", async () => {
    const url = await serve((text, socket) => {
      const result = field(text, "params");
      socket.send(JSON.stringify({ id: field(text, "id"), result }));
    });
    const client = await RpcClient.open(url);
    for (const length of [0, 100, 125, 126, 65_535, 65_536, 300_000]) {
      const params = { text: "ü".repeat(length) };
      expect(await client.request("echo", params)).toEqual(params);
    }
    client.close();
  });

  it("times a turn and counts its deltas", async () => {
    const url = await serve((text, socket) => {
      socket.send(JSON.stringify({ id: field(text, "id"), result: {} }));
      for (const method of ["item/started", "item/agentMessage/delta", "item/agentMessage/delta"]) {
        socket.send(JSON.stringify({ method, params: {} }));
      }
      const params = { turn: { status: "completed" } };
      socket.send(JSON.stringify({ emittedAtMs: 1, method: "item/agentMessage/delta", params: {} }));
      socket.send(JSON.stringify({ method: "turn/completed", params }));
    });
    const client = await RpcClient.open(url);
    const times = await client.turn("t");
    expect(times.deltas).toBe(3);
    expect(times.firstDeltaAt).toBeGreaterThan(times.startedAt);
    expect(times.completedAt).toBeGreaterThanOrEqual(times.firstDeltaAt);
    client.close();
  });

  it("fails with the server's error, the turn's error, or the reason of a close", async () => {
    const url = await serve((text, socket) => {
      const method = field(text, "method");
      const id = field(text, "id");
      if (method === "bad") {
        socket.send(JSON.stringify({ error: { code: -32600, message: "no" }, id }));
      } else if (method === "turn/start") {
        socket.send(JSON.stringify({ id, result: {} }));
        const turn = { status: "failed", error: { message: "model gone" } };
        socket.send(JSON.stringify({ method: "turn/completed", params: { turn } }));
      } else {
        socket.close(1013, "too slow");
      }
    });
    const client = await RpcClient.open(url);
    await expect(client.request("bad", {})).rejects.toThrow("-32600");
    await expect(client.turn("t")).rejects.toThrow("model gone");
    await expect(client.request("leave", {})).rejects.toThrow("1013 too slow");
    await expect(client.request("late", {})).rejects.toThrow("1013 too slow");
    expect((await client.failed).message).toContain("1013");
  });

  it("keeps so many requests in flight and answers pings", async () => {
    let most = 0;
    let waiting: (() => void)[] = [];
    const url = await serve((text, socket) => {
      waiting.push(() => socket.send(JSON.stringify({ id: field(text, "id"), result: {} })));
      most = Math.max(most, waiting.length);
      if (waiting.length < 8) return;
      const answers = waiting;
      waiting = [];
      socket.ping();
      for (const answer of answers) answer();
    });
    const client = await RpcClient.open(url);
    const done = pipeline(client, '"method":"m"', 8, 50);
    const [socket] = server?.clients ?? [];
    if (socket !== undefined) await once(socket, "pong");
    const timer = setInterval(() => {
      for (const answer of waiting.splice(0)) answer();
    }, 20);
    const result = await done;
    clearInterval(timer);
    expect(most).toBe(8);
    expect(result.answered).toBeGreaterThanOrEqual(16);
    client.close();
  });

  it("refuses a server that does not upgrade", async () => {
    const created = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient: () => false });
    server = created;
    await once(created, "listening");
    const address = created.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(RpcClient.open(`ws://127.0.0.1:${port}`)).rejects.toThrow("401");
  });
});

describe("the frame reader", () => {
  it("reads messages however they are cut, fragments included", () => {
    const unmasked = (first: number, text: string): Buffer =>
      Buffer.concat([Buffer.from([first, text.length]), Buffer.from(text)]);
    const long = Buffer.alloc(70_000, "x");
    const header = Buffer.alloc(10);
    header[0] = 0x81;
    header[1] = 127;
    header.writeBigUInt64BE(70_000n, 2);
    const wire = Buffer.concat([
      unmasked(0x81, "one"),
      unmasked(0x01, "tw"),
      unmasked(0x89, "ping"),
      unmasked(0x80, "o"),
      header,
      long,
      unmasked(0x81, ""),
    ]);
    for (const size of [1, 2, 3, 7, 1000, wire.length]) {
      const seen: string[] = [];
      const reader = new FrameReader(
        (bytes, start, end) => seen.push(bytes.toString("utf8", start, end)),
        (opcode, payload) => seen.push(`${opcode}:${payload.toString()}`),
      );
      for (let at = 0; at < wire.length; at += size) reader.push(wire.subarray(at, at + size));
      expect(seen).toEqual(["one", `${Opcode.ping}:ping`, "two", long.toString(), ""]);
    }
  });

  it("masks what it sends", () => {
    const frame = clientFrame(Opcode.text, Buffer.from("abc"));
    expect([frame[0], frame[1]]).toEqual([0x81, 0x83]);
    expect(frame.subarray(6).equals(Buffer.from("abc"))).toBe(false);
  });
});

describe("telling messages apart", () => {
  const kindOf = (text: string): unknown => {
    const { kind, ...rest } = classify(Buffer.from(` ${text}`), 1, Buffer.byteLength(text) + 1);
    return "id" in rest ? `${kind} ${rest.id}` : kind;
  };
  it("knows deltas and results by their first bytes and leaves the rest to a parser", () => {
    expect(kindOf('{"method":"item/agentMessage/delta","params":{}}')).toBe("delta");
    expect(kindOf('{"method":"item/agentMessage/other","params":{}}')).toBe("other");
    expect(kindOf('{"id":1234,"result":{}}')).toBe("result 1234");
    expect(kindOf('{"id":1234,"error":{}}')).toBe("other");
    expect(kindOf('{"id":"a","result":{}}')).toBe("other");
    expect(kindOf("{}")).toBe("other");
  });
});
