import { codexVersion } from "@switchboard/login";
import type { Thread as ThreadDescription, ThreadSettings, ThreadStatus } from "@switchboard/protocol";

import { seconds } from "../clock.js";
import type { ThreadSpec } from "./thread-spec.js";

/** What changes while a thread is loaded. */
export interface ThreadState {
  readonly id: string;
  readonly settings: ThreadSettings;
  readonly status: ThreadStatus;
  readonly preview: string;
  readonly name: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The thread as clients see it, without its turns. */
export function describeThread(spec: ThreadSpec, state: ThreadState): ThreadDescription {
  const { creator, serviceOriginator, threadSource, ephemeral } = spec;
  const { id, settings, status, preview, name, createdAtMs, updatedAtMs } = state;
  const { cwd, environments, model, modelProvider, effort } = settings;
  return {
    id,
    environments,
    extra: null,
    sessionId: id,
    forkedFromId: null,
    attachedToThreadId: null,
    parentThreadId: null,
    preview,
    ephemeral,
    section: null,
    sectionEnteredAt: null,
    projectId: null,
    // In memory only: there is nothing to page through and no file to name.
    historyMode: "legacy",
    modelProvider,
    model,
    reasoningEffort: effort,
    createdAt: seconds(createdAtMs),
    updatedAt: seconds(updatedAtMs),
    recencyAt: seconds(updatedAtMs),
    status,
    path: null,
    cwd,
    cliVersion: codexVersion,
    originator: serviceOriginator ?? creator.originator,
    source: "vscode",
    canAcceptDirectInput: true,
    threadSource,
    agentNickname: null,
    agentRole: null,
    gitInfo: null,
    name,
    daybreakEnabled: null,
    turns: [],
  };
}
