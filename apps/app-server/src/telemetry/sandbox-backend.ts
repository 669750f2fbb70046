import type { SandboxPolicy } from "@switchboard/protocol";

/** What keeps commands within a policy on this system, by the reference's names. */
export function sandboxBackend({ type }: SandboxPolicy): string {
  if (type === "dangerFullAccess" || type === "externalSandbox") return "none";
  return process.platform === "darwin" ? "seatbelt" : "seccomp";
}
