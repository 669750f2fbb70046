import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";

import type { ThreadRealtimeStartParams, Turn } from "@switchboard/protocol";

import { beginningOf } from "./clip.js";
import type { RealtimeSettings } from "./realtime-request.js";

/** What is told of the place where a conversation happens. */
export interface StartupFacts {
  readonly cwd: string;
  /** The thread's turns, oldest first. */
  readonly turns: readonly Turn[];
}

/** Most characters of the whole context; the reference allows 5,300 tokens. */
const maxContextCharacters = 20_000;

const mostTurns = 5;
const mostEntries = 60;
const maxMessageCharacters = 2_000;

/** Folders that say nothing of a project. */
const uninteresting = new Set(["node_modules", "target", "dist", "build", "__pycache__"]);

const defaultPrompt = `You are the voice of Codex, an agent that works on the user's computer: it writes and runs code, looks into files, browses and uses tools. You talk with the user; the agent does the work.

Speak briefly, warmly and plainly, as a colleague would. No lists, no markup, no reading of code or long paths aloud.

Hand everything over that needs work or facts: in the user's own words, at once, without asking back when the wish is clear. Say in a few words that it is being done, and go on talking while it is. Messages that begin with [BACKEND] are the agent's and nobody else's; tell the user what matters in them, truthfully and shortly. Messages that begin with [USER] were typed by the user.

Do not say that something is done before the agent has said so.`;

/** The instructions of a session: the prompt, and what it should know of the thread and its folder. */
export async function realtimeInstructions(
  params: ThreadRealtimeStartParams,
  settings: RealtimeSettings,
  facts: StartupFacts,
): Promise<string> {
  // An explicit null is a wish for no prompt, as in the reference.
  const prompt = settings.prompt ?? (params.prompt === undefined ? defaultPrompt : (params.prompt ?? ""));
  const context =
    params.includeStartupContext === false ? "" : (settings.startupContext ?? (await startupContext(facts)));
  return [prompt, context].filter((part) => part !== "").join("\n\n");
}

async function startupContext({ cwd, turns }: StartupFacts): Promise<string> {
  const sections = [recentTurns(turns), await folder(cwd)].filter((section) => section !== undefined);
  if (sections.length === 0) return "";
  // What stands in it must not end it: much of it was written by others.
  const text = beginningOf(sections.join("\n\n").replaceAll("<", "&lt;"), maxContextCharacters);
  return `<startup_context>\nWhat is known as the conversation begins. It may be out of date; use it, and do not recite it.\n\n${text}\n</startup_context>`;
}

function recentTurns(turns: readonly Turn[]): string | undefined {
  const told = turns.slice(-mostTurns).flatMap(({ items }) => {
    const said = items.flatMap((item) => {
      if (item.type === "agentMessage") return [`Assistant:\n${clipped(item.text)}`];
      if (item.type !== "userMessage") return [];
      const text = item.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
      return text === "" ? [] : [`User:\n${clipped(text)}`];
    });
    return said.length === 0 ? [] : [said.join("\n\n")];
  });
  return told.length === 0 ? undefined : `## Current Thread\n${told.join("\n\n")}`;
}

async function folder(cwd: string): Promise<string | undefined> {
  const entries = await readdir(cwd, { withFileTypes: true }).catch(() => []);
  const shown = entries.filter(({ name }) => !name.startsWith(".") && !uninteresting.has(name));
  if (shown.length === 0) return undefined;
  const lines = shown
    .map((entry) => `- ${inOneLine(entry.name)}${entry.isDirectory() ? "/" : ""}`)
    .sort()
    .slice(0, mostEntries);
  if (shown.length > lines.length) lines.push(`- ${shown.length - lines.length} more`);
  return `## Machine / Workspace Map\nCurrent working directory: ${inOneLine(join(cwd))}\nWorking directory name: ${inOneLine(basename(cwd))}\n\n${lines.join("\n")}`;
}

function clipped(text: string): string {
  return text.length <= maxMessageCharacters ? text : `${beginningOf(text, maxMessageCharacters)} …`;
}

/** A file's name without what would make it look like more than a name: control characters and line ends. */
function inOneLine(name: string): string {
  return name.replace(/[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}]/gu, "");
}
