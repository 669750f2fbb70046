import { isJsonObject, type JsonObject } from "../responses/items.js";
import { messageObject, quoted } from "./message-text.js";
import { backgroundAgentTool, remainSilentTool, sampleRate } from "./session.js";
import type { RealtimeVersion } from "./version.js";

/** A piece of audio that the peer says. */
export interface RealtimeAudio {
  /** Base64. */
  readonly data: string;
  /** Samples a second. */
  readonly sampleRate: number;
  readonly numChannels: number;
  readonly samplesPerChannel: number | null;
  readonly itemId: string | null;
}

/** Who is heard in a transcript. */
export type TranscriptRole = "user" | "assistant";

/** What a message of the peer means to a conversation. */
export type RealtimeEvent =
  | { readonly kind: "audio"; readonly audio: RealtimeAudio }
  | { readonly kind: "transcriptDelta"; readonly role: TranscriptRole; readonly text: string }
  | { readonly kind: "transcriptDone"; readonly role: TranscriptRole; readonly text: string }
  /** Something that clients are shown as it is. */
  | { readonly kind: "item"; readonly item: JsonObject }
  | { readonly kind: "responseBegan" | "responseEnded" }
  | { readonly kind: "responseCancelled"; readonly responseId: string | undefined }
  /** The session is there. Only v3 says so in a way that matters. */
  | { readonly kind: "sessionStarted" }
  /** The model hands work over. `input` may be empty. */
  | { readonly kind: "handoff"; readonly handoffId: string; readonly itemId: string; readonly input: string }
  /** The model chose to say nothing, and waits for an answer to that. */
  | { readonly kind: "silence"; readonly callId: string }
  | { readonly kind: "error"; readonly message: string };

/** Most characters of an error's text that are told. */
const maxErrorCharacters = 1_000;

/** The largest numbers that clients can read, in the protocol's own types. */
const maxU16 = 0xffff;
const maxU32 = 0xffff_ffff;

/**
 * Narrows a message of the peer. Undefined for what means nothing to a conversation: unknown types, what is no
 * JSON object or nests too deep, and messages without what their type promises.
 */
export function asRealtimeEvent(version: RealtimeVersion, data: string): RealtimeEvent | undefined {
  const message = messageObject(data);
  if (message === undefined) return undefined;
  if (message["type"] === "error") return { kind: "error", message: quoted(errorText(message), maxErrorCharacters) };
  switch (version) {
    case "v1":
      return asEventOfV1(message);
    case "v2":
      return asEventOfV2(message);
    case "v3":
      return asEventOfV3(message);
  }
}

function asEventOfV1(message: JsonObject): RealtimeEvent | undefined {
  switch (message["type"]) {
    case "conversation.input_transcript.delta":
    case "conversation.item.input_audio_transcription.delta":
      return transcript("transcriptDelta", "user", message["delta"]);
    case "conversation.input_transcript.turn_marked":
    case "conversation.item.input_audio_transcription.completed":
      return transcript("transcriptDone", "user", message["transcript"]);
    case "conversation.output_transcript.delta":
    case "response.output_audio_transcript.delta":
      return transcript("transcriptDelta", "assistant", message["delta"]);
    case "response.output_audio_transcript.done":
      return transcript("transcriptDone", "assistant", message["transcript"]);
    case "conversation.output_audio.delta":
      // Without saying what it is, audio of this version is none.
      return count(message["sample_rate"], maxU32) === undefined || channels(message) === undefined
        ? undefined
        : audio(message, message["delta"]);
    case "conversation.item.added":
      return shownItem(message["item"]);
    case "conversation.handoff.requested": {
      const { handoff_id: handoffId, item_id: itemId, input_transcript: input } = message;
      if (typeof handoffId !== "string" || typeof itemId !== "string" || typeof input !== "string") return undefined;
      return { kind: "handoff", handoffId, itemId, input };
    }
    default:
      return undefined;
  }
}

function asEventOfV2(message: JsonObject): RealtimeEvent | undefined {
  switch (message["type"]) {
    case "response.output_audio.delta":
    case "response.audio.delta":
      return audio(message, message["delta"]);
    case "conversation.item.input_audio_transcription.delta":
      return transcript("transcriptDelta", "user", message["delta"]);
    case "conversation.item.input_audio_transcription.completed":
      return transcript("transcriptDone", "user", message["transcript"]);
    case "response.output_text.delta":
    case "response.output_audio_transcript.delta":
      return transcript("transcriptDelta", "assistant", message["delta"]);
    case "response.output_text.done":
      return transcript("transcriptDone", "assistant", message["text"]);
    case "response.output_audio_transcript.done":
      return transcript("transcriptDone", "assistant", message["transcript"]);
    case "input_audio_buffer.speech_started":
      return {
        kind: "item",
        item: { type: "input_audio_buffer.speech_started", item_id: text(message["item_id"]) ?? null },
      };
    case "conversation.item.added":
      return shownItem(message["item"]);
    case "conversation.item.done":
      return functionCall(message["item"]);
    case "response.created":
      return { kind: "responseBegan" };
    case "response.done":
      return { kind: "responseEnded" };
    case "response.cancelled":
      return { kind: "responseCancelled", responseId: responseId(message) };
    default:
      return undefined;
  }
}

function asEventOfV3(message: JsonObject): RealtimeEvent | undefined {
  switch (message["type"]) {
    case "session.started":
    case "session.updated":
      return { kind: "sessionStarted" };
    case "input_transcript.added":
      return transcript("transcriptDelta", "user", member(message["item"], "text"));
    case "output_transcript.added":
      return transcript("transcriptDelta", "assistant", member(message["item"], "text"));
    case "turn.done": {
      const role = member(message["turn"], "role");
      if (role !== "user" && role !== "assistant") return undefined;
      return transcript("transcriptDone", role, member(message["turn"], "transcript"));
    }
    case "output_audio.delta":
      return audio({}, message["audio"]);
    case "delegation.created":
      return delegation(message["item"]);
    default:
      return undefined;
  }
}

function functionCall(item: unknown): RealtimeEvent | undefined {
  if (!isJsonObject(item) || item["type"] !== "function_call") return undefined;
  const id = text(item["id"]);
  const callId = text(item["call_id"]) ?? id;
  if (callId === undefined) return undefined;
  switch (item["name"]) {
    case backgroundAgentTool:
      return {
        kind: "handoff",
        handoffId: callId,
        itemId: id ?? callId,
        input: promptOf(text(item["arguments"]) ?? ""),
      };
    case remainSilentTool:
      return { kind: "silence", callId };
    default:
      return undefined;
  }
}

/** The words in a call's arguments. What is no JSON, or has none of the names that models use, counts as it is. */
function promptOf(args: string): string {
  const parsed = messageObject(args) ?? {};
  for (const name of ["input_transcript", "input", "text", "prompt", "query"]) {
    const words = text(parsed[name])?.trim();
    if (words !== undefined && words !== "") return words;
  }
  return args;
}

function delegation(item: unknown): RealtimeEvent | undefined {
  if (!isJsonObject(item) || item["type"] !== "delegation" || item["target"] !== "client") return undefined;
  const id = text(item["id"]);
  if (id === undefined) return undefined;
  const content: readonly unknown[] = Array.isArray(item["content"]) ? item["content"] : [];
  const input = content.flatMap((part) => text(member(part, "text")) ?? []).join("");
  return { kind: "handoff", handoffId: id, itemId: id, input };
}

function transcript(
  kind: "transcriptDelta" | "transcriptDone",
  role: TranscriptRole,
  value: unknown,
): RealtimeEvent | undefined {
  return typeof value === "string" ? { kind, role, text: value } : undefined;
}

function audio(message: JsonObject, data: unknown): RealtimeEvent | undefined {
  if (typeof data !== "string") return undefined;
  return {
    kind: "audio",
    audio: {
      data,
      sampleRate: count(message["sample_rate"], maxU32) ?? sampleRate,
      numChannels: channels(message) ?? 1,
      samplesPerChannel: count(message["samples_per_channel"], maxU32) ?? null,
      itemId: text(message["item_id"]) ?? null,
    },
  };
}

function channels(message: JsonObject): number | undefined {
  return count(message["channels"] ?? message["num_channels"], maxU16);
}

function shownItem(item: unknown): RealtimeEvent | undefined {
  return isJsonObject(item) ? { kind: "item", item } : undefined;
}

function responseId(message: JsonObject): string | undefined {
  return text(member(message["response"], "id")) ?? text(message["response_id"]);
}

/** An error may stand in the message, in an object in it, or be anything else, which is then told as it is. */
function errorText(message: JsonObject): string {
  const { error, message: plain } = message;
  const inside = text(member(error, "message"));
  if (inside !== undefined) return inside;
  if (typeof plain === "string") return plain;
  return error === undefined ? "the realtime peer reported an error" : JSON.stringify(error);
}

function member(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function count(value: unknown, most: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
}
