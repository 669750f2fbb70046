import type { AskForApproval, SandboxPolicy, ThreadSettings } from "@switchboard/protocol";

/** What the model has to know of the sandbox that its commands run in, and of when the user is asked. */
export function permissionsInstructions({
  approvalPolicy,
  sandboxPolicy,
}: Pick<ThreadSettings, "approvalPolicy" | "sandboxPolicy">): string {
  return `<permissions instructions>\n${sandboxText(sandboxPolicy)}\n${approvalText(approvalPolicy)}\n</permissions instructions>`;
}

function sandboxText(sandbox: SandboxPolicy): string {
  switch (sandbox.type) {
    case "dangerFullAccess":
      return "Commands run without a sandbox: they may write anywhere and use the network.";
    case "externalSandbox":
      return "Commands run in a sandbox that was set up around this program; what it allows is not known here.";
    case "readOnly":
      return `Commands run in a sandbox. They may read files, and write none. ${networkText(sandbox.networkAccess)}`;
    case "workspaceWrite":
      return `Commands run in a sandbox. They may read files, and write in the workspace roots and in temporary folders; \`.git\`, \`.codex\` and \`.agents\` in a root stay read-only. ${networkText(sandbox.networkAccess)}`;
  }
}

function networkText(isAllowed: boolean | undefined): string {
  return isAllowed === true ? "The network is open." : "The network is closed.";
}

function approvalText(policy: AskForApproval): string {
  if (policy === "never") {
    return "The user cannot be asked: leave out `sandbox_permissions`, and find another way when the sandbox stops a command.";
  }
  if (policy === "untrusted") {
    return "The user is asked before any command that is not known to be harmless.";
  }
  return 'When a command needs more than the sandbox allows, or was stopped by it, run it with `sandbox_permissions` set to "require_escalated" and a `justification`, one short question to the user: then the user is asked. Ask for what the task needs, and for nothing that destroys without having been told to.';
}
