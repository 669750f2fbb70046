/** The two ways to run a command. They share everything but their words, and neither sees the other's ids. */
export type CommandFamily = "command/exec" | "process/spawn";

/** What clients of a family are told. From the reference 0.169.0. */
export interface Wording {
  /** No command of this id runs. */
  readonly noneActive: (id: string) => string;
  readonly duplicate: (id: string) => string;
  readonly notStarted: (reason: string) => string;
  readonly noStdin: string;
  readonly emptySize: string;
  /** The method that writes to a command. */
  readonly write: string;
}

/** The words by family. */
export const wordings: Readonly<Record<CommandFamily, Wording>> = {
  "command/exec": {
    noneActive: (id) => `no active command/exec for process id ${JSON.stringify(id)}`,
    duplicate: (id) => `duplicate active command/exec process id: ${JSON.stringify(id)}`,
    notStarted: (reason) => `failed to spawn command: ${reason}`,
    noStdin: "stdin streaming is not enabled for this command/exec",
    emptySize: "command/exec size rows and cols must be greater than 0",
    write: "command/exec/write",
  },
  "process/spawn": {
    noneActive: (id) => `no active process for process handle ${JSON.stringify(id)}`,
    duplicate: (id) => `duplicate active process handle: ${JSON.stringify(id)}`,
    notStarted: (reason) => `failed to spawn process: ${reason}`,
    noStdin: "stdin streaming is not enabled for this process",
    emptySize: "process size rows and cols must be greater than 0",
    write: "process/writeStdin",
  },
};
