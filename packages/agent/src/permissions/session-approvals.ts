import { joinGrants, noGrants, type Grants } from "./grants.js";

/** What the user allowed for as long as the thread is loaded. It holds exactly for what was asked about. */
export class SessionApprovals {
  readonly #commands = new Set<string>();
  readonly #files = new Set<string>();
  readonly #turnGrants = new Map<string, Grants>();
  #grants = noGrants;

  /** Allows a command, by the key that stands for all that decides what it does. */
  allowCommand(key: string): void {
    this.#commands.add(key);
  }

  isCommandAllowed(key: string): boolean {
    return this.#commands.has(key);
  }

  /** Allows changes to these files, by their absolute paths. */
  allowFiles(paths: readonly string[]): void {
    for (const path of paths) this.#files.add(path);
  }

  areFilesAllowed(paths: readonly string[]): boolean {
    return paths.every((path) => this.#files.has(path));
  }

  /** Widens the sandbox: for one turn, or for the session when no turn is named. */
  grant(grants: Grants, turnId?: string): void {
    if (turnId === undefined) this.#grants = joinGrants(this.#grants, grants);
    else this.#turnGrants.set(turnId, joinGrants(this.#turnGrants.get(turnId) ?? noGrants, grants));
  }

  /** What holds during a turn. */
  grantsFor(turnId: string): Grants {
    return joinGrants(this.#grants, this.#turnGrants.get(turnId) ?? noGrants);
  }

  /** Forgets what was granted for one turn. */
  endTurn(turnId: string): void {
    this.#turnGrants.delete(turnId);
  }
}
