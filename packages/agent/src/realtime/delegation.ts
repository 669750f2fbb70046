import { spokenLines, type SpokenEntry } from "./spoken.js";

/**
 * Work that was handed over, as the model of the thread is told it; undefined when nothing was said. The tags
 * are the reference's.
 */
export function delegationText(input: string, spoken: readonly SpokenEntry[]): string | undefined {
  const transcript = spokenLines(spoken);
  const wanted = input.trim() === "" ? transcript : input;
  return wanted.trim() === "" ? undefined : tagged(wanted, transcript);
}

/** What was said and never handed over, for the model to know of; undefined for nothing. */
export function tailText(spoken: readonly SpokenEntry[]): string | undefined {
  if (spoken.length === 0) return undefined;
  return tagged(
    "The voice session is over. This was still said in it. It may need nothing from you; act only if it asks for something.",
    spokenLines(spoken),
  );
}

function tagged(input: string, transcript: string): string {
  return `<realtime_delegation>\n  <input>${escaped(input)}</input>\n  <transcript_delta>${escaped(transcript)}</transcript_delta>\n</realtime_delegation>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
