import { toolVariables } from "@switchboard/exec/commands";
import type { Sandbox } from "@switchboard/exec/sandbox";
import { codexVersion } from "@switchboard/login";

/** What the variables of one command depend on. */
export interface CommandVariables {
  /** What all commands get. */
  readonly base: Readonly<Record<string, string>>;
  readonly sandbox: Sandbox;
  readonly threadId: string;
  readonly callId: string;
}

/** The variables of a command that the model runs: what tells programs that nobody watches, and whose command it is. */
export function commandEnvironment({ base, sandbox, threadId, callId }: CommandVariables): Record<string, string> {
  return {
    ...base,
    ...toolVariables,
    CODEX_VERSION: codexVersion,
    CODEX_SESSION_ID: threadId,
    CODEX_THREAD_ID: threadId,
    CODEX_TOOL_CALL_ID: callId,
    ...(sandbox.kind === "restricted" && !sandbox.network ? { CODEX_SANDBOX_NETWORK_DISABLED: "1" } : {}),
  };
}
