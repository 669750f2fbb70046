import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  appendRule,
  mergeRules,
  noRules,
  parseRules,
  withAllowed,
  type CommandRules,
  type Rules,
} from "@switchboard/agent";
import { messageOf } from "@switchboard/protocol";

/** Largest rules file that is read, in bytes. */
const maxFileBytes = 1024 * 1024;

/**
 * The rules about commands in `$CODEX_HOME/rules/*.rules`. They are read again when they change, for each thread that
 * starts. A file that cannot be read counts for nothing, and {@link RulesStore.load} says so.
 */
export class RulesStore implements CommandRules {
  readonly #folder: string;
  #rules: Rules = noRules;
  #stamp: string | undefined;
  #warnings: readonly string[] = [];
  /** Writes one at a time. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(codexHome: string) {
    this.#folder = join(codexHome, "rules");
  }

  current(): Rules {
    return this.#rules;
  }

  /** Reads what has changed. @returns what is wrong with the files, for the user */
  async load(): Promise<readonly string[]> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(".rules")).sort();
    const paths = names.map((name) => join(this.#folder, name));
    const stamps = await Promise.all(paths.map(async (path) => `${path} ${await stampOf(path)}`));
    const stamp = stamps.join("\n");
    if (stamp === this.#stamp) return this.#warnings;
    const warnings: string[] = [];
    const files: Rules[] = [];
    for (const path of paths) {
      const read = await readRules(path);
      if (typeof read === "string") warnings.push(read);
      else files.push(read);
    }
    this.#stamp = stamp;
    this.#rules = mergeRules(files);
    this.#warnings = warnings;
    return warnings;
  }

  /** Adds a rule to `default.rules`, which is replaced as a whole. */
  allow(prefix: readonly string[]): Promise<void> {
    const write = this.#writing.then(async () => {
      const path = join(this.#folder, "default.rules");
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const before = await readFile(path, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
        throw error;
      });
      const temporary = `${path}.${process.pid}.tmp`;
      await writeFile(temporary, appendRule(before, prefix), { mode: 0o600 });
      await rename(temporary, path);
      this.#rules = withAllowed(this.#rules, prefix);
    });
    this.#writing = write.catch(() => undefined);
    return write;
  }
}

/** The rules of a file, or what is wrong with it. */
async function readRules(path: string): Promise<Rules | string> {
  try {
    const status = await stat(path);
    if (!status.isFile()) return `${path} is not used: it is not a file.`;
    if (status.size > maxFileBytes) return `${path} is not used: it is larger than ${maxFileBytes} bytes.`;
    const parsed = parseRules(await readFile(path, "utf8"), path);
    return parsed.ok ? parsed.rules : `${path} is not used: ${parsed.message}`;
  } catch (error) {
    return `${path} is not used: ${messageOf(error)}`;
  }
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}
