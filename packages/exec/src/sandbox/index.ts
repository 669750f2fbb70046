export { probeSandbox, type SandboxProbe } from "./probe.js";
export type { RestrictedSandbox, Sandbox, WritableRoot } from "./sandbox.js";
