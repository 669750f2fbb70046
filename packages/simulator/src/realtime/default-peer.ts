import type { JsonValue } from "../recorded-request.js";
import type { RealtimePeer } from "./realtime-peer.js";

/** Text that begins so is handed over to the agent. */
const handsOver = "do: ";

/**
 * A realtime model that needs no script: it acknowledges its session, says back what it is told as text or is to
 * speak of, and hands over what begins with `do: `.
 */
export function answerByDefault(message: JsonValue, peer: RealtimePeer): void {
  switch (at(message, "type")) {
    case "session.update":
      return peer.send({ type: "session.updated", session: { id: "sess_simulated" } });
    case "conversation.item.create": {
      const text = at(message, "item", "content", 0, "text");
      if (typeof text === "string" && at(message, "item", "role") !== "developer") answer(peer, text);
      return;
    }
    case "conversation.handoff.append": {
      const text = at(message, "output_text");
      if (typeof text === "string") say(peer, text);
      return;
    }
    case "session.context.append":
    case "delegation.context.append": {
      const text = at(message, "content", 0, "text");
      if (typeof text === "string") answer(peer, text);
      return;
    }
  }
}

function answer(peer: RealtimePeer, text: string): void {
  const words = text.replace(/^\[USER\] /, "");
  if (!words.startsWith(handsOver)) return say(peer, words);
  const prompt = words.slice(handsOver.length);
  const id = `handoff_${peer.messages.length}`;
  switch (peer.version) {
    case "v1":
      return peer.send({
        type: "conversation.handoff.requested",
        handoff_id: id,
        item_id: `item_${id}`,
        input_transcript: prompt,
      });
    case "v2":
      return peer.send({
        type: "conversation.item.done",
        item: {
          id: `item_${id}`,
          type: "function_call",
          name: "background_agent",
          call_id: id,
          arguments: JSON.stringify({ prompt }),
        },
      });
    case "v3":
      return peer.send({
        type: "delegation.created",
        item: { id, type: "delegation", target: "client", content: [{ type: "input_text", text: prompt }] },
      });
  }
}

function say(peer: RealtimePeer, text: string): void {
  const transcript = `You said: ${text}`;
  switch (peer.version) {
    case "v1":
      return peer.send(
        { type: "conversation.output_transcript.delta", delta: transcript },
        { type: "response.output_audio_transcript.done", transcript },
      );
    case "v2":
      return peer.send(
        { type: "response.created", response: { id: `resp_${peer.messages.length}` } },
        { type: "response.output_audio_transcript.delta", delta: transcript },
        { type: "response.output_audio_transcript.done", transcript },
        { type: "response.done", response: { id: `resp_${peer.messages.length}` } },
      );
    case "v3":
      return peer.send(
        { type: "output_transcript.added", item: { type: "output_transcript", text: transcript } },
        { type: "turn.done", turn: { role: "assistant", transcript } },
      );
  }
}

function at(value: JsonValue, ...path: ReadonlyArray<string | number>): JsonValue | undefined {
  let inner: JsonValue | undefined = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = Object.entries(inner).find(([name]) => name === String(key))?.[1];
  }
  return inner;
}
