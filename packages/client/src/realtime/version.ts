/**
 * The three protocols of realtime conversations: v1 (`quicksilver`), v2 (the public Realtime API) and v3
 * (`/live`, sessions without responses). The reference's names.
 */
export type RealtimeVersion = "v1" | "v2" | "v3";
