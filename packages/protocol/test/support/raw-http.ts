import { connect } from "node:net";

/** What a server wrote before it closed, or the head of its answer when that is an upgrade. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An HTTP request by hand, to `http://HOST:PORT/path` or to a path of a unix socket, with its answer. */
export async function rawRequest(
  where: { readonly host: string; readonly port: number } | { readonly path: string },
  requestLine: string,
  headers: readonly string[] = [],
): Promise<RawAnswer> {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(where);
    let received = "";
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write([requestLine, ...headers, "", ""].join("\r\n")));
    socket.on("data", (part: string) => {
      received += part;
      if (!received.startsWith("HTTP/1.1 101") || !received.includes("\r\n\r\n")) return;
      socket.destroy();
      resolve(received);
    });
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [statusLine = "", ...fields] = head.split("\r\n");
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(
      fields.map((field) => {
        const [name = "", ...value] = field.split(":");
        return [name.toLowerCase(), value.join(":").trim()];
      }),
    ),
    body,
  };
}

/** The headers of a proper upgrade; the key is the one of RFC 6455, section 1.3. */
export const upgradeHeaders = [
  "Host: any.example",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
] as const;
