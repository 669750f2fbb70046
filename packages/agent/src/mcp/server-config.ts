/** Whether the user is asked before a tool runs. */
export type McpApprovalMode =
  /** Unless the server says that the tool changes nothing. */
  | "auto"
  /** Always. */
  | "prompt"
  /** When the tool is not declared to be read-only. */
  | "writes"
  /** Never. */
  | "approve";

/** A variable that the server's process gets from an environment, and from whose. */
export interface McpEnvironmentVariable {
  readonly name: string;
  readonly source: "local" | "remote";
}

/** How a server is reached. */
export type McpServerEndpoint =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      /** Default: the folder of the thread; a relative one starts there. */
      readonly cwd: string | undefined;
      readonly env: Readonly<Record<string, string>>;
      readonly envVars: readonly McpEnvironmentVariable[];
    }
  | {
      readonly kind: "http";
      readonly url: string;
      readonly bearerTokenEnvVar: string | undefined;
      readonly httpHeaders: Readonly<Record<string, string>>;
      /** Header name to the environment variable that holds its value. */
      readonly envHttpHeaders: Readonly<Record<string, string>>;
    };

/** One configured MCP server, with the defaults filled in. */
export interface McpServerConfig {
  readonly name: string;
  readonly endpoint: McpServerEndpoint;
  /** Where it runs, or where its requests leave from: `local`, or `remote` for the exec-server. */
  readonly environmentId: string;
  readonly enabled: boolean;
  /** A thread does not start without it. */
  readonly required: boolean;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Whether its tools may be called while others run. */
  readonly supportsParallelCalls: boolean;
  /** Only these tools are offered, if given. */
  readonly enabledTools: readonly string[] | undefined;
  readonly disabledTools: readonly string[];
  readonly approval: McpApprovalMode;
  /** The approval mode of single tools. */
  readonly toolApproval: Readonly<Record<string, McpApprovalMode>>;
}

/** What a thread is configured with. */
export interface McpSettings {
  readonly servers: readonly McpServerConfig[];
  /** How long a turn waits for servers that are still starting and are not required, in milliseconds. */
  readonly startupGraceMs: number;
}

/** Whether a server's tool may be used at all. */
export function isToolEnabled({ enabledTools, disabledTools }: McpServerConfig, tool: string): boolean {
  return !disabledTools.includes(tool) && (enabledTools?.includes(tool) ?? true);
}
