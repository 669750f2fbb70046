import type { JsonObject } from "../responses/items.js";
import type { RealtimeVersion } from "./version.js";

/** Who says something in a conversation. */
export type RealtimeRole = "user" | "assistant" | "developer";

/** What a realtime session is to be like. */
export interface SessionConfig {
  readonly version: RealtimeVersion;
  readonly model: string;
  readonly instructions: string;
  readonly voice: string;
  readonly outputModality: "text" | "audio";
  /** `transcription` only listens; v1 and v3 know no such thing. */
  readonly mode: "conversational" | "transcription";
  /** What was said before it began. For v3 only. */
  readonly initialItems: ReadonlyArray<{ readonly role: RealtimeRole; readonly text: string }>;
}

/** The function by which the model of a v2 session hands work over. */
export const backgroundAgentTool = "background_agent";

/** The function by which the model of a v2 session says nothing. */
export const remainSilentTool = "remain_silent";

/** Samples a second of all audio. */
export const sampleRate = 24_000;

const pcm = { type: "audio/pcm", rate: sampleRate };
const transcription = { model: "gpt-4o-mini-transcribe" };

/** The session as `session.update` tells it, members in the reference's order. */
export function sessionOf(config: SessionConfig): JsonObject {
  switch (config.version) {
    case "v1":
      return {
        type: "quicksilver",
        instructions: config.instructions,
        audio: { input: { format: pcm }, output: { voice: config.voice } },
      };
    case "v2":
      return config.mode === "transcription"
        ? { type: "transcription", audio: { input: { format: pcm, transcription } } }
        : conversationalSession(config);
    case "v3":
      return {
        instructions: config.instructions,
        audio: { output: { voice: config.voice } },
        delegation: { type: "client" },
        ...(config.initialItems.length === 0
          ? {}
          : { initial_items: config.initialItems.map(({ role, text }) => messageItem(role, text)) }),
      };
  }
}

/** The session as a call is created with: it names the model, which a WebSocket's URL does otherwise. */
export function sessionOfCall(config: SessionConfig): JsonObject {
  const { model } = config;
  const session = sessionOf(config);
  if (config.version === "v3") return { ...session, model };
  const { audio, type, ...rest } = session;
  return { audio, type, model, ...rest };
}

/** A message as an item of a conversation. What the assistant said is its output. */
export function messageItem(role: RealtimeRole, text: string): JsonObject {
  return { type: "message", role, content: [{ type: role === "assistant" ? "output_text" : "input_text", text }] };
}

function conversationalSession({ instructions, outputModality, voice }: SessionConfig): JsonObject {
  return {
    type: "realtime",
    instructions,
    output_modalities: [outputModality],
    audio: {
      input: {
        format: pcm,
        noise_reduction: { type: "near_field" },
        transcription,
        turn_detection: {
          type: "server_vad",
          interrupt_response: true,
          create_response: true,
          silence_duration_ms: 500,
        },
      },
      output: { format: pcm, voice },
    },
    tools: [
      {
        type: "function",
        name: backgroundAgentTool,
        description:
          "Hands work to the agent in the background: anything that needs files, commands, the web or thinking through. Prefer it over answering by yourself. Give it what the user said in the user's own words. An idle agent begins the work and its result comes back; a busy one is told while it works. Also what the user wants done later has to be handed over, or nobody will do it.",
        parameters: {
          type: "object",
          properties: { prompt: { type: "string", description: "What the user asks for, in the user's words." } },
          required: ["prompt"],
          additionalProperties: false,
        },
      },
      {
        type: "function",
        name: remainSilentTool,
        description:
          "Says nothing. Call it when speaking would only disturb: after a message that is not meant for the user, or after news from the agent that needs no comment. The user notices nothing of it.",
        parameters: { type: "object", properties: {}, additionalProperties: false },
      },
    ],
    tool_choice: "auto",
  };
}
