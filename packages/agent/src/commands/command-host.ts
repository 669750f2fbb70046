import type { CommandRules } from "./command-rules.js";

/** What commands of the agent run in; the same for all threads of a configuration. */
export interface CommandHost {
  /** The variables that every command gets: filtered, without credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** The shell that runs command lines, as an absolute path. */
  readonly shell: string;
  /** Whether the shell reads the user's profile, unless the model says otherwise. */
  readonly allowLoginShell: boolean;
  /** Folders that no sandboxed command may change: the server's own configuration. */
  readonly protectedFolders: readonly string[];
  /** What the user has decided about commands once and for all. */
  readonly rules: CommandRules;
  /** Longest time in milliseconds that the model may wait for a session that it polls. */
  readonly maxPollMs: number;
}
