import type { AskForApproval } from "@switchboard/protocol";

/** The output of a tool call whose command was refused, as models know it from the reference. */
export function rejection(reason: string): string {
  return `exec_command failed: CreateProcess { message: ${debugText(`Rejected(${debugText(reason)})`)} }`;
}

/** The output of a call that asks for more than the policy lets it ask for. */
export function escalationRefusal(policy: AskForApproval): string {
  const name = policyName(policy);
  return `approval policy is ${name}; reject command — you cannot ask for escalated permissions if the approval policy is ${name}`;
}

/** A policy in the words of the reference's messages. */
function policyName(policy: AskForApproval): string {
  if (typeof policy === "string")
    return { untrusted: "UnlessTrusted", "on-request": "OnRequest", never: "Never" }[policy];
  const { granular } = policy;
  const fields = [
    `sandbox_approval: ${granular.sandbox_approval}`,
    `rules: ${granular.rules}`,
    `skill_approval: ${granular.skill_approval ?? false}`,
    `request_permissions: ${granular.request_permissions ?? false}`,
    `mcp_elicitations: ${granular.mcp_elicitations}`,
  ];
  return `Granular(GranularApprovalConfig { ${fields.join(", ")} })`;
}

/** A string in the quotes and escapes of the reference's debug output. */
function debugText(text: string): string {
  const escaped = text.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what is escaped
    /[\u0000-\u001f\u007f]/g,
    (letter) => named.get(letter) ?? String.raw`\u{${letter.charCodeAt(0).toString(16)}}`,
  );
  return `"${escaped}"`;
}

const named = new Map([
  ["\n", String.raw`\n`],
  ["\r", String.raw`\r`],
  ["\t", String.raw`\t`],
  ["\0", String.raw`\0`],
]);
