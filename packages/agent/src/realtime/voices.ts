import type { RealtimeVoice, RealtimeVoicesList } from "@switchboard/protocol";
import type { RealtimeVersion } from "@switchboard/client";

const ofV1: readonly RealtimeVoice[] = [
  "juniper",
  "maple",
  "spruce",
  "ember",
  "vale",
  "breeze",
  "arbor",
  "sol",
  "cove",
];

/** The voices of each version, in the reference's order. */
export const voicesOf: Readonly<Record<RealtimeVersion, readonly RealtimeVoice[]>> = {
  v1: ofV1,
  v2: ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"],
  v3: [
    ...ofV1,
    "aube",
    "bubbie",
    "haetsal",
    "hanul",
    "himari",
    "leher",
    "miko",
    "neer",
    "porto",
    "rindo",
    "rio",
    "rivage",
    "selva",
    "sonna",
    "tinta",
    "viola",
  ],
};

/** The voice of a conversation that names none. */
export const defaultVoiceOf: Readonly<Record<RealtimeVersion, RealtimeVoice>> = { v1: "cove", v2: "marin", v3: "cove" };

/** What `thread/realtime/listVoices` tells. */
export function listRealtimeVoices(): RealtimeVoicesList {
  return {
    v1: [...voicesOf.v1],
    v2: [...voicesOf.v2],
    v3: [...voicesOf.v3],
    defaultV1: defaultVoiceOf.v1,
    defaultV2: defaultVoiceOf.v2,
  };
}
