import { connect, createServer, type AddressInfo, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A door in front of a server on loopback that notes the headers of what comes through. */
export interface RecordingForwarder {
  /** The server's URL, by way of the door. */
  readonly url: string;
  /** The headers of the first request of each connection, names in lower case. */
  readonly heads: ReadonlyArray<Readonly<Record<string, string>>>;
}

/** Opens one; gone when the test has finished. */
export async function recordingForwarder(url: string): Promise<RecordingForwarder> {
  const { hostname, port } = new URL(url);
  const heads: Array<Readonly<Record<string, string>>> = [];
  const sockets: Socket[] = [];
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    incoming.once("data", (bytes: Buffer) => heads.push(headersOf(bytes.toString("latin1"))));
    for (const socket of [incoming, outgoing]) socket.on("error", () => undefined);
    sockets.push(incoming, outgoing);
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const door = new URL(url);
  door.port = String((server.address() as AddressInfo).port);
  return { url: door.href, heads };
}

function headersOf(head: string): Record<string, string> {
  const [, ...lines] = head.split("\r\n\r\n", 1)[0]?.split("\r\n") ?? [];
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
