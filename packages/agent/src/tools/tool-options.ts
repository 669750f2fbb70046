/** Which of the tools that are not always there a thread has. */
export interface ToolOptions {
  /** Searches that the provider runs: in its cache, on the live web, or none. */
  readonly webSearch: "cached" | "live" | "disabled";
  /** Whether the model may ask for wider permissions. */
  readonly requestPermissions: boolean;
  /** Whether the model keeps a list of steps. */
  readonly updatePlan: boolean;
}
