import type { ClientMethod } from "@switchboard/protocol";

import type { Handler } from "../server/context.js";
import { getAuthStatus } from "./account/auth-status.js";
import { readAccount } from "./account/read.js";
import { listCollaborationModes } from "./collaboration-mode/list.js";
import { resizeExec, terminateExec, writeToExec } from "./command/control.js";
import { execCommand } from "./command/exec.js";
import { reloadMcpServers } from "./config/mcp-server-reload.js";
import { readConfig } from "./config/read.js";
import { readConfigRequirements } from "./config-requirements/read.js";
import { initialize } from "./initialize/initialize.js";
import { listMcpServerStatus } from "./mcp-server-status/list.js";
import { readMcpResource } from "./mcp-server/resource-read.js";
import { callMcpTool } from "./mcp-server/tool-call.js";
import { listModels } from "./model/list.js";
import { listPermissionProfiles } from "./permission-profile/list.js";
import { killProcess, resizeProcess, writeToProcess } from "./process/control.js";
import { spawnProcess } from "./process/spawn.js";
import { startReview } from "./review/start.js";
import {
  cleanBackgroundTerminals,
  listBackgroundTerminals,
  terminateBackgroundTerminal,
} from "./thread/background-terminals.js";
import { startCompaction } from "./thread/compact-start.js";
import { listLoadedThreads } from "./thread/loaded-list.js";
import { nameThread } from "./thread/name-set.js";
import { readThread } from "./thread/read.js";
import { appendRealtimeAudio } from "./thread/realtime/append-audio.js";
import { appendRealtimeSpeech } from "./thread/realtime/append-speech.js";
import { appendRealtimeText } from "./thread/realtime/append-text.js";
import { listVoices } from "./thread/realtime/list-voices.js";
import { startRealtime } from "./thread/realtime/start.js";
import { stopRealtime } from "./thread/realtime/stop.js";
import { updateReadState } from "./thread/read-state-update.js";
import { resumeThread } from "./thread/resume.js";
import { updateThreadSettings } from "./thread/settings-update.js";
import { runShellCommand } from "./thread/shell-command.js";
import { startThread } from "./thread/start.js";
import { unsubscribeThread } from "./thread/unsubscribe.js";
import { interruptTurn } from "./turn/interrupt.js";
import { updateTurnSettings } from "./turn/settings-update.js";
import { startTurn } from "./turn/start.js";
import { steerTurn } from "./turn/steer.js";

/** What answers each method that is built. The protocol's registry says so too; a test compares the two. */
export const handlers = {
  initialize,
  "account/read": readAccount,
  "collaborationMode/list": listCollaborationModes,
  "command/exec": execCommand,
  "command/exec/resize": resizeExec,
  "command/exec/terminate": terminateExec,
  "command/exec/write": writeToExec,
  "config/mcpServer/reload": reloadMcpServers,
  "config/read": readConfig,
  "configRequirements/read": readConfigRequirements,
  "mcpServer/resource/read": readMcpResource,
  "mcpServer/tool/call": callMcpTool,
  "mcpServerStatus/list": listMcpServerStatus,
  getAuthStatus,
  "model/list": listModels,
  "permissionProfile/list": listPermissionProfiles,
  "process/kill": killProcess,
  "process/resizePty": resizeProcess,
  "process/spawn": spawnProcess,
  "process/writeStdin": writeToProcess,
  "review/start": startReview,
  "thread/backgroundTerminals/clean": cleanBackgroundTerminals,
  "thread/backgroundTerminals/list": listBackgroundTerminals,
  "thread/backgroundTerminals/terminate": terminateBackgroundTerminal,
  "thread/compact/start": startCompaction,
  "thread/loaded/list": listLoadedThreads,
  "thread/name/set": nameThread,
  "thread/read": readThread,
  "thread/readState/update": updateReadState,
  "thread/realtime/appendAudio": appendRealtimeAudio,
  "thread/realtime/appendSpeech": appendRealtimeSpeech,
  "thread/realtime/appendText": appendRealtimeText,
  "thread/realtime/listVoices": listVoices,
  "thread/realtime/start": startRealtime,
  "thread/realtime/stop": stopRealtime,
  "thread/resume": resumeThread,
  "thread/settings/update": updateThreadSettings,
  "thread/shellCommand": runShellCommand,
  "thread/start": startThread,
  "thread/unsubscribe": unsubscribeThread,
  "turn/interrupt": interruptTurn,
  "turn/settings/update": updateTurnSettings,
  "turn/start": startTurn,
  "turn/steer": steerTurn,
} satisfies { [M in ClientMethod]?: Handler<M> };

/** A method that has a handler. */
export type ImplementedMethod = keyof typeof handlers;

/** The handlers by method, each with its own types. */
export type Handlers = { readonly [M in ImplementedMethod]: Handler<M> };

/** Whether a method has a handler. */
export function isImplemented(method: string): method is ImplementedMethod {
  return Object.hasOwn(handlers, method);
}
