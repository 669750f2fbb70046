import type { RealtimeOptions, RealtimePeer } from "@switchboard/simulator";

import { testServer, type TestServer, type TestServerOptions } from "./test-server.js";
import type { Json, WireClient } from "./wire-client.js";

/** A server with a realtime model that says nothing by itself but that it knows its session. */
export async function realtimeServer(
  options: TestServerOptions = {},
  realtime: RealtimeOptions = {},
): Promise<TestServer> {
  return testServer({
    ...options,
    realtime: {
      onMessage: (message: Json, peer) => {
        if (message.type === "session.update") peer.send({ type: "session.updated", session: { id: "s" } });
      },
      ...realtime,
    },
  });
}

/** A conversation of a client's on a thread of its own, or on a given one, as soon as it has begun. */
export async function conversation(
  { simulator }: TestServer,
  client: WireClient,
  params: Json = {},
): Promise<{ readonly threadId: string; readonly peer: RealtimePeer }> {
  const threadId: string = params.threadId ?? (await client.startThread());
  const count = simulator.realtime.peers.length + 1;
  const heard = client.notifications("thread/realtime/started").length;
  await client.request("thread/realtime/start", {
    outputModality: "audio",
    ...(params.transport?.type === "existingCall" ? {} : { prompt: "be nice", includeStartupContext: false }),
    ...params,
    threadId,
  });
  const peer = await simulator.realtime.waitForPeer(count);
  await client.frame(() => client.notifications("thread/realtime/started").length > heard);
  return { threadId, peer };
}

/** What a client was told of realtime conversations and turns: the methods, with what each is about. */
export function heardBy(client: WireClient): string[] {
  return client.frames.flatMap(({ method, params }) => {
    if (method === undefined || !/^(?:thread\/realtime\/|turn\/)/.test(method)) return [];
    const { item, role, delta, text, reason, message, audio, sdp } = params as Json;
    const about = item?.type ?? role ?? reason ?? message ?? audio?.data ?? sdp;
    const said = item?.outcome ?? item?.text ?? delta ?? text;
    return [[method.replace("thread/realtime/", ""), about, said].filter((part) => part !== undefined).join(" ")];
  });
}

/** The work that a v2 model hands over. */
export function handOver(prompt: string, callId = "call_1"): Json {
  return {
    type: "conversation.item.done",
    item: {
      id: `item_${callId}`,
      type: "function_call",
      name: "background_agent",
      call_id: callId,
      arguments: JSON.stringify({ prompt }),
    },
  };
}

/** Frames of a peer without the session's description. */
export function saidTo(peer: RealtimePeer): Json[] {
  return peer.messages.filter((message: Json) => message.type !== "session.update");
}
