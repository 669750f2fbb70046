import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";

import { authFilePath, type OpenaiCredentials, type SignedIn } from "@switchboard/login";
import type { AccountUpdatedNotification, AuthMode } from "@switchboard/protocol";

/** How long the file must be quiet before it is read, in milliseconds: some write it in several steps. */
const quietMs = 100;

/** How often the file is looked at where the system tells nothing: network folders, links, exhausted watches. In milliseconds. */
const lookMs = 5_000;

/**
 * Watches `auth.json` and tells when somebody else changed it. The file may appear, vanish and be broken;
 * what cannot be read counts as nobody signed in. What this process writes is told only if it changes what
 * clients know of the account.
 */
export class AccountWatcher {
  readonly #codexHome: string;
  readonly #credentials: OpenaiCredentials;
  readonly #onChange: (account: AccountUpdatedNotification) => void;
  #known: SignedIn | undefined;
  #seen = "";
  #watcher: FSWatcher | undefined;
  #looker: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;
  /** Looks run one after another. */
  #looking: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isClosed = false;

  constructor(
    codexHome: string,
    credentials: OpenaiCredentials,
    onChange: (account: AccountUpdatedNotification) => void,
  ) {
    this.#codexHome = codexHome;
    this.#credentials = credentials;
    this.#onChange = onChange;
  }

  /** How the server is signed in, as of the last look. */
  get authMode(): AuthMode | null {
    return this.#known?.authMode ?? null;
  }

  /** Begins to watch. A second call changes nothing. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    this.#look();
    this.#looker = setInterval(() => this.#look(), lookMs);
    this.#looker.unref();
    const name = basename(authFilePath(this.#codexHome));
    try {
      // The folder, because a file that is replaced takes its watch with it.
      this.#watcher = watch(this.#codexHome, { persistent: false }, (_event, changed) => {
        if (changed === name || changed === null) this.#lookSoon();
      });
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // No such folder yet, or no watches left: then the regular looks have to do.
    }
  }

  /** Stops. What is being read now is told to nobody. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    clearInterval(this.#looker);
    clearTimeout(this.#quiet);
    await this.#looking;
  }

  #lookSoon(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#look(), quietMs);
    this.#quiet.unref();
  }

  #look(): void {
    this.#looking = this.#looking.then(() => this.#compare());
  }

  async #compare(): Promise<void> {
    const seen = await markOf(authFilePath(this.#codexHome));
    if (this.#isClosed || (seen === this.#seen && this.#known !== undefined)) return;
    const now = await this.#credentials.signedIn().catch(() => nobody);
    const before = this.#known;
    this.#seen = seen;
    this.#known = now;
    if (before === undefined || this.#isClosed || !isNews(before, now)) return;
    this.#onChange({ authMode: now.authMode, planType: now.planType });
  }
}

const nobody: SignedIn = {
  authMode: null,
  planType: null,
  email: null,
  userId: null,
  isOurs: false,
  mustSignInAgain: false,
  fingerprint: undefined,
};

function isNews(before: SignedIn, now: SignedIn): boolean {
  if (before.authMode !== now.authMode || before.planType !== now.planType) return true;
  return now.fingerprint !== before.fingerprint && !now.isOurs;
}

/** What a change of the file cannot leave as it was. */
async function markOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return "none";
  }
}
