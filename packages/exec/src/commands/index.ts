export type { Command, CommandEvents, CommandExit, CommandSpec } from "./command.js";
export { HeadTail } from "./head-tail.js";
export { isSandboxDenial } from "./sandbox-denial.js";
export { defaultEnvironmentPolicy, shellEnvironment, toolVariables } from "./shell-environment.js";
export { startCommand } from "./start-command.js";
export { decodeBase64, type DecodedBase64 } from "../decode/base64.js";
export type { Environment } from "../processes/environment.js";
export type { EnvironmentPolicy } from "../processes/messages.js";
export type { TerminalSize } from "../processes/spawned-child.js";
