/** What the `AGENTS.md` files of a user and a project say. */
export interface ProjectInstructions {
  /** The files they are from, as absolute paths, in the order in which they are told. */
  readonly sources: readonly string[];
  /** All of it; empty when there is nothing. */
  readonly text: string;
}

/** Nothing. */
export const noProjectInstructions: ProjectInstructions = { sources: [], text: "" };
