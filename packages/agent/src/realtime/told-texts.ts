/** What the model of the thread is told while a conversation goes on, unless somebody says otherwise. */
const started = `Realtime conversation started.

The user now talks with a voice model, and you work behind it: you do not speak with the user yourself. Work comes to you in <realtime_delegation>, with what was said. It is a transcript: punctuation may be missing, and words may be misheard. It may need no work at all; then answer in a few words, since the user is waiting.

What you say is passed on, often shortened. Keep it brief and to the point, and say early what helps the voice model to answer.`;

/** What it is told when the conversation is over. */
const ended = `Realtime conversation ended.

What comes next is typed text, not a transcript. Go on as usual.`;

/** A text for the model in the reference's tags. */
export function realtimeText(kind: "started" | "ended", instructions: string | undefined): string {
  return `<realtime_conversation>\n${instructions ?? (kind === "started" ? started : ended)}\n</realtime_conversation>`;
}
