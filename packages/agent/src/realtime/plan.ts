import type { RealtimeVersion, SessionConfig } from "@switchboard/client";
import {
  isLegalHeaderValue,
  SwitchboardError,
  type ThreadRealtimeStartParams,
  type ThreadRealtimeStartTransport,
} from "@switchboard/protocol";

import type { RealtimeSettings } from "./realtime-request.js";
import { defaultVoiceOf, voicesOf } from "./voices.js";

/** How what the agent says goes back to a conversation. */
export interface AnswerOptions {
  /** The client does it. */
  readonly isClients: boolean;
  /** As items of the conversation rather than as answers to what it handed over. */
  readonly asItems: boolean;
  /** Stands before each such item. */
  readonly itemPrefix: string;
  /** For v3: the channel of what goes back, if not the usual one. */
  readonly channel: string | undefined;
}

/** A conversation as it will be. */
export interface RealtimePlan {
  readonly version: RealtimeVersion;
  readonly transport: ThreadRealtimeStartTransport;
  /** The session but for its instructions, which take a moment to write. */
  readonly session: Omit<SessionConfig, "instructions">;
  readonly answers: AnswerOptions;
  /** What was said and not handed over is told to the model when the conversation ends. */
  readonly keepsTail: boolean;
}

const mostInitialItems = 128;
const mostInitialTokens = 8192;

/** Decides what a conversation is like. @throws SwitchboardError `invalid_realtime`, in the reference's words. */
export function planConversation(params: ThreadRealtimeStartParams, settings: RealtimeSettings): RealtimePlan {
  const transport = params.transport ?? { type: "websocket" };
  const version = params.version ?? settings.version ?? (transport.type === "websocket" ? "v2" : "v1");
  if (transport.type !== "websocket" && version === "v2") {
    throw invalid("AVAS realtime calls require realtime v1 or v3");
  }
  const voice = voiceFor(version, params.voice ?? settings.voice);
  if (params.outputModality === "text" && version !== "v2") {
    throw invalid("text realtime output modality requires realtime v2");
  }
  const initialItems = params.initialItems ?? [];
  checkInitialItems(version, initialItems);
  checkHeader("realtime", params.realtimeSessionId ?? "");
  checkHeader("voice", params.voiceSessionId ?? "");
  return {
    version,
    transport,
    session: {
      version,
      model: params.model ?? settings.model ?? (version === "v3" ? "gpt-live-1-codex" : "gpt-realtime-1.5"),
      voice,
      outputModality: params.outputModality,
      mode: settings.mode,
      initialItems,
    },
    answers: {
      isClients: params.clientManagedHandoffs ?? false,
      asItems: params.codexResponsesAsItems ?? false,
      itemPrefix: params.codexResponseItemPrefix ?? "",
      channel: params.codexResponseHandoffMode === "commentary" ? "commentary" : undefined,
    },
    keepsTail: params.flushTranscriptTailOnSessionEnd ?? false,
  };
}

function voiceFor(version: RealtimeVersion, wanted: string | undefined): string {
  const voices: readonly string[] = voicesOf[version];
  if (wanted === undefined) return defaultVoiceOf[version];
  if (voices.includes(wanted)) return wanted;
  throw invalid(`realtime voice \`${wanted}\` is not supported for ${version}; supported voices: ${voices.join(", ")}`);
}

function checkInitialItems(version: RealtimeVersion, items: ReadonlyArray<{ readonly text: string }>): void {
  if (items.length === 0) return;
  if (version !== "v3") throw invalid("initial realtime items require realtime v3");
  if (items.length > mostInitialItems) {
    throw invalid(`initial realtime items must contain no more than ${mostInitialItems} items`);
  }
  const tokens = items.map(({ text }) => Math.ceil(Buffer.byteLength(text) / 4));
  if (tokens.some((each) => each > mostInitialTokens)) {
    throw invalid(`each initial realtime item must not exceed ${mostInitialTokens} estimated tokens`);
  }
  if (tokens.reduce((sum, each) => sum + each, 0) > mostInitialTokens) {
    throw invalid(`initial realtime items must not exceed ${mostInitialTokens} estimated tokens in total`);
  }
}

/** The words are those of the reference, which finds out while it connects. */
function checkHeader(what: string, value: string): void {
  if (isLegalHeaderValue(value)) return;
  throw invalid(
    `stream disconnected before completion: invalid ${what} session id header: failed to parse header value`,
  );
}

function invalid(message: string): SwitchboardError {
  return new SwitchboardError({ code: "invalid_realtime", message });
}
