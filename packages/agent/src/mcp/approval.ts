import type { AskForApproval, ThreadSettings, Tool } from "@switchboard/protocol";

import { annotation, readOnlyHint } from "./answers.js";
import type { McpApprovalMode, McpServerConfig } from "./server-config.js";

/** Whether a call may go on: at once, after asking, or not at all and why. */
export type ApprovalNeed =
  | { readonly kind: "none" }
  | { readonly kind: "ask" }
  | { readonly kind: "refused"; readonly reason: string };

/** What the reference does for a tool, its configured mode and the thread's approval policy. */
export function approvalNeed(
  config: McpServerConfig,
  tool: Tool,
  { approvalPolicy, sandboxPolicy }: Pick<ThreadSettings, "approvalPolicy" | "sandboxPolicy">,
): ApprovalNeed {
  if (!wantsApproval(modeOf(config, tool.name), tool)) return { kind: "none" };
  if (approvalPolicy === "never") {
    return sandboxPolicy.type === "dangerFullAccess"
      ? { kind: "none" }
      : { kind: "refused", reason: "MCP tool call requires approval, but approval policy is never" };
  }
  return maysAsk(approvalPolicy) ? { kind: "ask" } : { kind: "refused", reason: "user rejected MCP tool call" };
}

/** Whether the approval policy lets servers and tools ask the user anything. */
export function maysAsk(policy: AskForApproval): boolean {
  return typeof policy === "string" ? policy !== "never" : policy.granular.mcp_elicitations;
}

function modeOf({ approval, toolApproval }: McpServerConfig, tool: string): McpApprovalMode {
  return (Object.hasOwn(toolApproval, tool) ? toolApproval[tool] : undefined) ?? approval;
}

function wantsApproval(mode: McpApprovalMode, tool: Tool): boolean {
  switch (mode) {
    case "approve":
      return false;
    case "prompt":
      return true;
    case "writes":
      return readOnlyHint(tool) !== true;
    case "auto":
      if (annotation(tool, "destructiveHint") === true) return true;
      if (readOnlyHint(tool) === true) return false;
      // What is not said is assumed: the protocol's defaults are the dangerous ones.
      return (annotation(tool, "destructiveHint") ?? true) || (annotation(tool, "openWorldHint") ?? true);
  }
}
