import type { TraceContext } from "./trace-context.js";

/** What a record says besides its name. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that took time. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: "server" | "client" | "internal";
  readonly context: TraceContext;
  readonly parent: TraceContext | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly hasFailed: boolean;
  readonly attributes: Attributes;
}

/** Something that happened. */
export interface EventRecord {
  /** As `codex.user_prompt`. */
  readonly name: string;
  readonly context: TraceContext | undefined;
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** Longest text in a record, in characters: names and paths come from outside. */
const maxText = 1024;

/** Attributes without those that are unknown, and none of them longer than 1024 characters. */
export function attributesOf(all: Readonly<Record<string, string | number | boolean | null | undefined>>): Attributes {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined || value === null) continue;
    kept[name] = typeof value === "string" && value.length > maxText ? value.slice(0, maxText) : value;
  }
  return kept;
}
