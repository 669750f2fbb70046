import type { RealtimeVersion } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import type { ThreadRealtimeStartParams, W3cTraceContext } from "@switchboard/protocol";

/** What the operator configured of realtime conversations; undefined for the default. */
export interface RealtimeSettings {
  /** Otherwise v2 over a WebSocket, v1 for calls. */
  readonly version: RealtimeVersion | undefined;
  readonly mode: "conversational" | "transcription";
  readonly voice: string | undefined;
  readonly model: string | undefined;
  /** Where WebSockets go instead of to the thread's provider. */
  readonly socketBaseUrl: string | undefined;
  /** Where calls are created instead of at the thread's provider. */
  readonly callBaseUrl: string | undefined;
  /** In the place of whatever prompt the client has. */
  readonly prompt: string | undefined;
  /** In the place of what we would tell of the thread and its folder. */
  readonly startupContext: string | undefined;
  /** What the model of the thread is told while a conversation goes on. */
  readonly startInstructions: string | undefined;
}

/** A conversation as it was asked for. */
export interface RealtimeRequest {
  /** Who asked. Everything that the conversation sends and starts goes out under this identity. */
  readonly owner: ClientIdentity;
  readonly params: ThreadRealtimeStartParams;
  /** The trace that the turns of the conversation are part of. */
  readonly trace?: W3cTraceContext | undefined;
  /** Is told of each turn that it asks for. */
  readonly onTurn?: () => void;
}
