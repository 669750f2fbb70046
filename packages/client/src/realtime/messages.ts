import type { JsonObject } from "../responses/items.js";
import { messageItem, sessionOf, type RealtimeRole, type SessionConfig } from "./session.js";
import type { RealtimeVersion } from "./version.js";

/** Most bytes of text that one message of a v3 session holds. */
const maxContextBytes = 500;

/** Tells the peer what the session is to be like. */
export function sessionUpdate(config: SessionConfig): JsonObject {
  return { type: "session.update", session: sessionOf(config) };
}

/** Audio of the user: base64, 16 bit, mono, 24 kHz. */
export function audioMessage(version: RealtimeVersion, audio: string): JsonObject {
  return { type: version === "v3" ? "input_audio.append" : "input_audio_buffer.append", audio };
}

/** Text for the conversation; in v3 it is context, whoever says it, and may take several messages. */
export function textMessages(version: RealtimeVersion, role: RealtimeRole, text: string): readonly JsonObject[] {
  if (version === "v3") return contextMessages({}, text);
  return [{ type: "conversation.item.create", item: messageItem(role, text) }];
}

/** What a v3 session is told: beside the conversation, or as the answer to what it handed over. */
export function contextMessages(
  { delegationId, channel }: { readonly delegationId?: string; readonly channel?: string },
  text: string,
): readonly JsonObject[] {
  return chunks(text).map((chunk) => ({
    type: delegationId === undefined ? "session.context.append" : "delegation.context.append",
    ...(delegationId === undefined ? {} : { delegation_item_id: delegationId }),
    ...(channel === undefined ? {} : { channel }),
    content: [{ type: "input_text", text: chunk }],
  }));
}

/** What the agent says for a v1 session to speak of. */
export function handoffMessage(handoffId: string, text: string): JsonObject {
  return { type: "conversation.handoff.append", handoff_id: handoffId, output_text: text };
}

/** Answers a function that the model of a v2 session called. */
export function functionOutput(callId: string, output: string): JsonObject {
  return { type: "conversation.item.create", item: { type: "function_call_output", call_id: callId, output } };
}

/** Asks the model of a v2 session to speak. */
export const responseCreate: JsonObject = { type: "response.create" };

/** Cuts a text into pieces of so many bytes, never through a character. No text has no pieces. */
function chunks(text: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  let bytes = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (bytes + size > maxContextBytes) {
      pieces.push(piece);
      piece = "";
      bytes = 0;
    }
    piece += character;
    bytes += size;
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}
