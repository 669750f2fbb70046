import type { RecordedRequest, Simulator } from "@switchboard/simulator";

/** Requests as the other side received them, next to whose they were. */
export interface Received {
  readonly client: string;
  readonly what: string;
  readonly originator: string | undefined;
  readonly userAgent: string | undefined;
  /** Whether it bore its owner's name, or nobody's where the other side is a stranger. */
  readonly isRight: boolean;
  /** How many were just like this. */
  count: number;
}

/**
 * What reached the model and the MCP server, judged by their own log: whose thread or turn a request is for, it says
 * itself.
 */
export function receivedBy(
  simulator: Simulator,
  owners: {
    /** By the turn's id. */
    readonly ofTurn: (turnId: unknown) => string | undefined;
    /** By the thread's id. */
    readonly ofThread: (threadId: unknown) => string | undefined;
  },
): Received[] {
  const seen = new Map<string, Received>();
  const take = (request: RecordedRequest, what: string, client: string | undefined, isStranger = false) => {
    if (client === undefined) return;
    const [originator, userAgent] = [request.header("originator"), request.header("user-agent")];
    const isRight = isStranger ? !says(request, client) : originator === client && isOf(userAgent, client);
    const key = JSON.stringify([client, what, originator, userAgent, isRight]);
    const received = seen.get(key) ?? { client, what, originator, userAgent, isRight, count: 0 };
    received.count += 1;
    seen.set(key, received);
  };
  for (const request of simulator.requests) {
    if (request.path === "/mcp") {
      take(request, "call of an MCP tool", owners.ofThread(request.at("params", "_meta", "threadId")), true);
    } else if (request.transport === "http") {
      const owner = owners.ofTurn(request.at("client_metadata", "turn_id"));
      const host = owners.ofThread(request.header("thread-id"));
      take(request, owner === host ? "model request over HTTP" : `model request on ${host}'s thread`, owner);
    }
  }
  for (const request of simulator.handshakes) {
    take(request, "WebSocket to the model", owners.ofThread(request.header("thread-id")));
  }
  for (const request of simulator.realtime.handshakes) {
    take(request, "realtime conversation", owners.ofThread(request.header("thread-id")));
  }
  return [...seen.values()];
}

function isOf(userAgent: string | undefined, client: string): boolean {
  return userAgent?.startsWith(`${client}/`) === true && userAgent.includes(` (${client}; `);
}

function says({ headers }: RecordedRequest, client: string): boolean {
  return headers.some(([name, value]) => name.toLowerCase() === "originator" || value.includes(client));
}
