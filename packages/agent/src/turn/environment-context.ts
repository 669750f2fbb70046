import type { SandboxPolicy } from "@switchboard/protocol";

/** What the model should know of where it works. */
export interface EnvironmentFacts {
  readonly cwd: string;
  readonly shell: string;
  readonly workspaceRoots: readonly string[];
  readonly sandbox: SandboxPolicy;
  readonly now: Date;
}

/** The facts as the user message that models are trained to read. */
export function environmentContext({ cwd, shell, workspaceRoots, sandbox, now }: EnvironmentFacts): string {
  const roots = workspaceRoots.map((root) => `<root>${escapeText(root)}</root>`).join("");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return [
    "<environment_context>",
    `  <cwd>${escapeText(cwd)}</cwd>`,
    `  <shell>${escapeText(shell)}</shell>`,
    `  <current_date>${localDate(now)}</current_date>`,
    `  <timezone>${timeZone}</timezone>`,
    `  <sandbox_mode>${sandbox.type}</sandbox_mode>`,
    `  <network_access>${hasNetwork(sandbox) ? "enabled" : "restricted"}</network_access>`,
    `  <filesystem><workspace_roots>${roots}</workspace_roots></filesystem>`,
    "</environment_context>",
  ].join("\n");
}

function hasNetwork(sandbox: SandboxPolicy): boolean {
  return sandbox.type === "dangerFullAccess" || sandbox.networkAccess === true || sandbox.networkAccess === "enabled";
}

function localDate(now: Date): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}

/** A path is a name that somebody else may have chosen; it must not close the element it stands in. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
