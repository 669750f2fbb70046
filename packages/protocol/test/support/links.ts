import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openListener, type ListenerOptions } from "../../src/listener/index.js";
import type { Transport } from "../../src/transport.js";
import { connect, linkedTransports, StdioTransport } from "../../src/transports/index.js";

/** Two ends of one connection, neither started. */
export interface Link {
  readonly left: Transport;
  readonly right: Transport;
  /** Frees what carries the link. Closing the ends is up to the test. */
  dispose(): Promise<void>;
}

/** A way to connect two ends, for `describe.each`. */
export interface LinkKind {
  readonly name: string;
  readonly open: () => Promise<Link>;
}

/** Every transport there is. */
export const linkKinds: readonly LinkKind[] = [
  { name: "memory", open: memoryLink },
  { name: "stdio through pipes of the system", open: stdioLink },
  { name: "WebSocket over TCP", open: () => webSocketLink({ kind: "tcp", host: "127.0.0.1", port: 0 }) },
  { name: "WebSocket over a unix socket", open: unixLink },
];

async function memoryLink(): Promise<Link> {
  const [left, right] = linkedTransports();
  return { left, right, dispose: async () => undefined };
}

/** Each direction is a process that copies its input to its output, so both ends have real pipes. */
async function stdioLink(): Promise<Link> {
  const [toRight, toLeft] = [copier(), copier()];
  return {
    left: new StdioTransport({ input: toLeft.stdout, output: toRight.stdin }),
    right: new StdioTransport({ input: toRight.stdout, output: toLeft.stdin }),
    dispose: async () => {
      await Promise.all(
        [toRight, toLeft].map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const exited = once(child, "exit");
          child.kill("SIGKILL");
          await exited;
        }),
      );
    },
  };
}

function copier() {
  return spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
}

async function unixLink(): Promise<Link> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-link-"));
  const link = await webSocketLink({ kind: "unix", path: join(folder, "s.sock") });
  return {
    ...link,
    dispose: async () => {
      await link.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

async function webSocketLink(address: ListenerOptions["address"]): Promise<Link> {
  let take!: (transport: Transport) => void;
  const accepted = new Promise<Transport>((resolve) => (take = resolve));
  const listener = await openListener({ address, healthPaths: [], onConnection: (transport) => take(transport) });
  const [left, right] = await Promise.all([connect(listener.url), accepted]);
  return { left, right, dispose: () => listener.close() };
}
