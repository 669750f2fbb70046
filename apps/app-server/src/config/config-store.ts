import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { ConfigError } from "./config-error.js";
import { isTable, mergeTables, type JsonTable, type JsonValue } from "./json.js";
import { unknownKeys } from "./known-keys.js";
import { mergeLayers, type Layer } from "./layers.js";
import { projectConfig } from "./project-keys.js";
import { readSettings, type Settings } from "./settings.js";
import { ConfigValueError } from "./table-reader.js";
import { locateKey, readTomlFile } from "./toml-file.js";

/** Configuration as it holds for one folder. */
export interface LoadedConfig {
  /** All layers, the weakest first. */
  readonly layers: readonly Layer[];
  readonly merged: JsonTable;
  readonly settings: Settings;
}

/** Where a {@link ConfigStore} looks. */
export interface ConfigStoreOptions {
  readonly codexHome: string;
  /** From the `-c` flags. */
  readonly flags: JsonTable;
}

const systemConfigFile = "/etc/codex/config.toml";

/**
 * Reads configuration: the system's file, the user's, those of a trusted project, and the flags, each
 * over the one before. Files are read again when they change, so that no restart is needed.
 */
export class ConfigStore {
  readonly #userFile: string;
  readonly #flags: Layer;
  readonly #files = new Map<string, { readonly stamp: string; readonly table: JsonTable | undefined }>();
  readonly #loaded = new Map<string, LoadedConfig>();

  constructor({ codexHome, flags }: ConfigStoreOptions) {
    this.#userFile = join(codexHome, "config.toml");
    this.#flags = { source: { type: "sessionFlags" }, config: flags };
  }

  /**
   * The configuration for a folder. `session` goes over everything else.
   *
   * @throws {@link ConfigError} naming file, line and reason.
   */
  async load(cwd: string | undefined, session: JsonTable = {}): Promise<LoadedConfig> {
    const layers = await this.#layers(cwd);
    const flags = mergeTables(this.#flags.config, session);
    if (Object.keys(flags).length > 0) layers.push({ ...this.#flags, config: flags });
    const key = cwd ?? "";
    const last = this.#loaded.get(key);
    if (last !== undefined && sameLayers(last.layers, layers)) return last;
    const merged = mergeLayers(layers);
    const loaded: LoadedConfig = { layers, merged, settings: await this.#settings(merged, layers) };
    if (this.#loaded.size > 256) this.#loaded.clear();
    this.#loaded.set(key, loaded);
    return loaded;
  }

  /** What a user should know of the configuration for a folder; empty when all is well. */
  async warnings(cwd: string): Promise<string[]> {
    const { layers } = await this.load(cwd);
    const warnings: string[] = [];
    const unknown = layers.flatMap((layer) =>
      unknownKeys(layer.config).map((key) => `  ${sourceName(layer)}: \`${key}\` is ignored.`),
    );
    if (unknown.length > 0) {
      warnings.push(
        `Ignoring ${unknown.length} configuration setting(s) that are not known. Check for typos and old names.\n${unknown.join("\n")}`,
      );
    }
    for (const { source, disabledReason, ignored = [] } of layers) {
      if (source.type === "project" && ignored.length > 0)
        warnings.push(
          `Ignored unsupported project-local config keys in ${join(source.dotCodexFolder, "config.toml")}: ${ignored.join(", ")}. If you want these settings to apply, manually set them in your user-level config.toml.`,
        );
      if (source.type === "project" && disabledReason !== undefined)
        warnings.push(`${source.dotCodexFolder} is not used. ${disabledReason}`);
    }
    return warnings;
  }

  async #layers(cwd: string | undefined): Promise<Layer[]> {
    const [system = {}, user = {}] = await Promise.all([this.#read(systemConfigFile), this.#read(this.#userFile)]);
    const layers: Layer[] = [
      { source: { type: "system", file: systemConfigFile }, config: system },
      { source: { type: "user", file: this.#userFile, profile: null }, config: user },
    ];
    if (cwd !== undefined) layers.push(...(await this.#projectLayers(resolve(cwd), user)));
    return layers;
  }

  /** The `.codex/config.toml` files from the project's root down to the folder. */
  async #projectLayers(cwd: string, user: JsonTable): Promise<Layer[]> {
    const folders = await foldersOfProject(cwd);
    const trusted = folders.some((folder) => trustOf(folder, mergeTables(user, this.#flags.config)) === "trusted");
    const layers: Layer[] = [];
    for (const folder of folders) {
      const dotCodexFolder = join(folder, ".codex");
      const file = join(dotCodexFolder, "config.toml");
      // A home folder is not a project.
      if (file === this.#userFile) continue;
      const table = await this.#read(file);
      if (table === undefined) continue;
      const { config, ignored } = projectConfig(table);
      const source: Layer["source"] = { type: "project", dotCodexFolder };
      const disabledReason = `To use its configuration, mark ${folder} as a trusted project in ${this.#userFile}.`;
      layers.push(trusted ? { source, config, ignored } : { source, config, disabledReason });
    }
    return layers;
  }

  async #read(file: string): Promise<JsonTable | undefined> {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    const stamp = found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
    const cached = this.#files.get(file);
    if (cached?.stamp === stamp) return cached.table;
    const table = found === undefined ? undefined : await readTomlFile(file);
    if (this.#files.size > 1024) this.#files.clear();
    this.#files.set(file, { stamp, table });
    return table;
  }

  async #settings(merged: JsonTable, layers: readonly Layer[]): Promise<Settings> {
    let settings: Settings;
    try {
      settings = readSettings(merged);
    } catch (error) {
      if (error instanceof ConfigValueError) throw new ConfigError(await locate(error, layers), error);
      throw error;
    }
    if (!settings.providers.has(settings.modelProvider))
      throw new ConfigError(`Model provider \`${settings.modelProvider}\` not found`);
    return settings;
  }
}

function sameLayers(some: readonly Layer[], others: readonly Layer[]): boolean {
  return (
    some.length === others.length &&
    some.every(
      (layer, index) =>
        layer.disabledReason === others[index]?.disabledReason && sameTable(layer.config, others[index]?.config),
    )
  );
}

/** Files that did not change keep their table; the small table of the flags is compared by what it says. */
function sameTable(one: JsonTable, other: JsonTable | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** From the nearest folder with a `.git` down to the folder itself; only the folder itself outside a repository. */
async function foldersOfProject(cwd: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (
      await stat(join(folder, ".git")).then(
        () => true,
        () => false,
      )
    )
      return folders;
    if (dirname(folder) === folder) return [cwd];
  }
}

function trustOf(folder: string, config: JsonTable): JsonValue | undefined {
  const projects = config["projects"];
  const entry = isTable(projects) ? projects[folder] : undefined;
  return isTable(entry) ? entry["trust_level"] : undefined;
}

/** The error's text with the place of the value, as exactly as it can be told. */
async function locate({ message, path }: ConfigValueError, layers: readonly Layer[]): Promise<string> {
  const layer = layers.findLast(({ config, disabledReason }) => disabledReason === undefined && has(config, path));
  const file = layer === undefined ? undefined : fileOf(layer);
  if (file !== undefined) {
    const place = locateKey(await readFile(file, "utf8").catch(() => ""), path);
    if (place !== undefined) return `${file}:${place}: ${message}`;
  }
  return `${message}\nin \`${path.join(".")}\``;
}

function has(table: JsonTable, path: readonly string[]): boolean {
  let value: JsonValue | undefined = table;
  for (const key of path) value = isTable(value) ? value[key] : undefined;
  return value !== undefined;
}

function fileOf({ source }: Layer): string | undefined {
  if (source.type === "project") return join(source.dotCodexFolder, "config.toml");
  return source.type === "user" || source.type === "system" ? source.file : undefined;
}

function sourceName(layer: Layer): string {
  const file = fileOf(layer);
  return file === undefined ? "session-flags" : `${layer.source.type} (${file})`;
}

/** The trust level of a folder or of the project it lies in. */
export async function trustLevel(settings: Settings, cwd: string): Promise<"trusted" | "untrusted" | undefined> {
  for (const folder of (await foldersOfProject(resolve(cwd))).toReversed()) {
    const level = settings.projects.get(folder);
    if (level !== undefined) return level;
  }
  return undefined;
}
