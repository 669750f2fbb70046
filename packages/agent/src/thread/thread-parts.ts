import { basename } from "node:path";

import type { ThreadSettings, Turn } from "@switchboard/protocol";

import { ThreadCommands } from "../commands/thread-commands.js";
import { baseInstructionsFor } from "../context/base-instructions.js";
import { ThreadServers } from "../mcp/thread-servers.js";
import { TokenUsage } from "../models/token-usage.js";
import { SessionApprovals } from "../permissions/session-approvals.js";
import { ThreadRealtime } from "../realtime/thread-realtime.js";
import { History } from "../turn/history.js";
import { ModelWire } from "../turn/model-wire.js";
import { ToldContext } from "../turn/told-context.js";
import type { TurnInput } from "../turn/turn-control.js";
import type { ThreadParts, TurnRequest } from "../turn/turn-scope.js";
import type { Questioner } from "./questions.js";
import type { ThreadHost, ThreadSpec } from "./thread-spec.js";

/** What the parts of a thread ask of it. */
interface Whole {
  readonly id: string;
  readonly questions: Questioner;
  readonly settings: () => ThreadSettings;
  readonly describeTurns: () => readonly Turn[];
  /** Starts a turn at once, or adds to the one that runs. */
  readonly startTurn: (request: TurnRequest & { readonly input: TurnInput }) => void;
}

/** Makes what the turns of a new thread share. */
export function makeThreadParts(spec: ThreadSpec, host: ThreadHost, whole: Whole): ThreadParts {
  const { id, questions, settings, describeTurns, startTurn } = whole;
  const notes: string[] = [];
  const realtime = new ThreadRealtime({
    threadId: id,
    spec,
    client: host.client,
    sockets: host.realtimeSockets,
    residency: host.residency,
    emit: host.emit,
    cwd: () => settings().cwd,
    describeTurns,
    startTurn,
    note: onlyLast(notes),
  });
  return {
    id,
    spec,
    host,
    wire: new ModelWire(spec.provider, id, host.emit),
    history: new History(),
    context: new ToldContext({
      baseInstructions: (model) => spec.baseInstructions ?? baseInstructionsFor(model),
      developerInstructions: spec.developerInstructions,
      projectInstructions: spec.projectInstructions,
      shell: basename(spec.commands.shell),
      realtime: (knowsOfOne) => realtime.contextText(knowsOfOne),
    }),
    usage: new TokenUsage(),
    mcp: new ThreadServers({
      threadId: id,
      pool: host.mcpServers,
      source: spec.mcp,
      cwd: settings().cwd,
      owner: spec.creator,
      emit: host.emit,
      ask: questions.ask,
      approvalPolicy: () => settings().approvalPolicy,
    }),
    commands: new ThreadCommands(),
    approvals: new SessionApprovals(),
    questions,
    realtime,
    notes,
  };
}

/** Adds to notes what takes the place of what it added before, if the model was not told of that yet. */
function onlyLast(notes: string[]): (text: string) => void {
  let last: string | undefined;
  return (text) => {
    const at = last === undefined ? -1 : notes.indexOf(last);
    if (at !== -1) notes.splice(at, 1);
    notes.push(text);
    last = text;
  };
}
