import type { TranscriptRole } from "@switchboard/client";

import { endOf } from "./clip.js";

/** A stretch of what was said. */
export interface SpokenEntry {
  readonly role: TranscriptRole;
  readonly text: string;
}

/** Most stretches that are kept; the oldest are forgotten. */
const mostEntries = 64;

/** Most characters of one stretch that are kept: its end. */
const maxEntryCharacters = 16 * 1024;

/** Most characters of all stretches together; the oldest are forgotten. */
const maxCharacters = 64 * 1024;

/** What was said since work was last handed over: the agent is told of it with the next work. */
export class Spoken {
  #entries: Array<{ role: TranscriptRole; text: string; isDone: boolean }> = [];

  /** Somebody goes on speaking. */
  delta(role: TranscriptRole, text: string): void {
    const last = this.#entries.at(-1);
    if (last?.role !== role || last.isDone) return this.#add(role, text, false);
    last.text = endOf(last.text + text, maxEntryCharacters);
    this.#forget();
  }

  /** Somebody has spoken: the whole of it takes the place of its pieces. */
  done(role: TranscriptRole, text: string): void {
    const open = this.#entries.findLast((entry) => entry.role === role && !entry.isDone);
    if (open === undefined) return this.#add(role, text, true);
    open.text = endOf(text, maxEntryCharacters);
    open.isDone = true;
    this.#forget();
  }

  /** What was said, with what is asked for at its end; it is forgotten here. */
  take(input: string): SpokenEntry[] {
    const last = this.#entries.at(-1);
    if (input.trim() !== "" && (last?.role !== "user" || last.text !== input)) this.#add("user", input, true);
    return this.#entries.splice(0).map(({ role, text }) => ({ role, text }));
  }

  #add(role: TranscriptRole, text: string, isDone: boolean): void {
    this.#entries.push({ role, text: endOf(text, maxEntryCharacters), isDone });
    this.#forget();
  }

  /** Forgets the oldest until the rest is within bounds. */
  #forget(): void {
    let characters = this.#entries.reduce((sum, { text }) => sum + text.length, 0);
    while (this.#entries.length > mostEntries || characters > maxCharacters) {
      characters -= this.#entries.shift()?.text.length ?? 0;
    }
  }
}

/** What was said, a line for each stretch. */
export function spokenLines(entries: readonly SpokenEntry[]): string {
  return entries.map(({ role, text }) => `${role}: ${text}`).join("\n");
}
