/**
 * What we answer ourselves today. This is the one list to edit when a method is built: routing, the generated
 * documentation and the tests follow it.
 */
import type {
  ClientMethod,
  ClientNotificationMethod,
  ServerMethod,
  ServerNotificationMethod,
} from "../generated/method-maps.js";

/** Whether we have built a message yet. A planned one exists in the protocol but is not answered or sent. */
export type Status = "implemented" | "planned";

const clientRequests: readonly ClientMethod[] = [
  "initialize",
  "thread/start",
  "thread/read",
  "thread/loaded/list",
  "thread/resume",
  "thread/unsubscribe",
  "thread/readState/update",
  "thread/name/set",
  "thread/settings/update",
  "thread/shellCommand",
  "thread/compact/start",
  "thread/backgroundTerminals/list",
  "thread/backgroundTerminals/terminate",
  "thread/backgroundTerminals/clean",
  "thread/realtime/start",
  "thread/realtime/appendAudio",
  "thread/realtime/appendText",
  "thread/realtime/appendSpeech",
  "thread/realtime/stop",
  "thread/realtime/listVoices",
  "permissionProfile/list",
  "collaborationMode/list",
  "turn/start",
  "turn/steer",
  "turn/interrupt",
  "turn/settings/update",
  "review/start",
  "command/exec",
  "command/exec/write",
  "command/exec/resize",
  "command/exec/terminate",
  "process/spawn",
  "process/writeStdin",
  "process/resizePty",
  "process/kill",
  "model/list",
  "account/read",
  "getAuthStatus",
  "config/read",
  "configRequirements/read",
  "config/mcpServer/reload",
  "mcpServerStatus/list",
  "mcpServer/tool/call",
  "mcpServer/resource/read",
];

const serverRequests: readonly ServerMethod[] = [
  "item/commandExecution/requestApproval",
  "item/fileChange/requestApproval",
  "item/permissions/requestApproval",
  "item/tool/requestUserInput",
  "item/tool/call",
  "mcpServer/elicitation/request",
];

const serverNotifications: readonly ServerNotificationMethod[] = [
  "error",
  "account/updated",
  "thread/started",
  "thread/status/changed",
  "thread/closed",
  "thread/settings/updated",
  "thread/tokenUsage/updated",
  "thread/readState/changed",
  "thread/name/updated",
  "thread/realtime/started",
  "thread/realtime/itemAdded",
  "thread/realtime/item/started",
  "thread/realtime/item/transcript/delta",
  "thread/realtime/item/completed",
  "thread/realtime/transcript/delta",
  "thread/realtime/transcript/done",
  "thread/realtime/outputAudio/delta",
  "thread/realtime/sdp",
  "thread/realtime/error",
  "thread/realtime/closed",
  "turn/started",
  "turn/completed",
  "item/started",
  "item/completed",
  "turn/diff/updated",
  "turn/plan/updated",
  "item/agentMessage/delta",
  "item/plan/delta",
  "item/commandExecution/outputDelta",
  "item/commandExecution/terminalInteraction",
  "item/reasoning/summaryPartAdded",
  "item/reasoning/summaryTextDelta",
  "item/reasoning/textDelta",
  "item/mcpToolCall/progress",
  "command/exec/outputDelta",
  "process/outputDelta",
  "process/exited",
  "mcpServer/startupStatus/updated",
  "serverRequest/resolved",
  "warning",
  "configWarning",
  "account/rateLimits/updated",
  "remoteControl/status/changed",
];

const clientNotifications: readonly ClientNotificationMethod[] = ["initialized"];

/** Methods we implement, by kind of message. */
export const implemented: Readonly<Record<MessageKind, ReadonlySet<string>>> = {
  clientRequest: new Set(clientRequests),
  serverRequest: new Set(serverRequests),
  serverNotification: new Set(serverNotifications),
  clientNotification: new Set(clientNotifications),
};

/** The four kinds of message the protocol names. */
export type MessageKind = "clientRequest" | "serverRequest" | "serverNotification" | "clientNotification";
