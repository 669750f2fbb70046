import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { applyChunks } from "./apply-chunks.js";
import { decodeText, fileErrorText, utf8ErrorText } from "./file-text.js";
import type { Patch, PatchFailure, PatchOperation } from "./patch.js";
import { verificationFailure } from "./patch.js";
import type { FileNode, PatchFiles } from "./patch-files.js";

/** One file written or taken away. */
export interface FileStep {
  /** The file as people know it: below `cwd` where it can be, but with a link's own file in the place of the link. */
  readonly path: string;
  /** The same file without symbolic links in its path: what is read and written. */
  readonly realPath: string;
  readonly before: FileNode | undefined;
  readonly after: FileNode | undefined;
}

/** What the patch does to one path, for clients. Paths are absolute; texts are whole files. */
export interface PlannedChange {
  readonly type: PatchOperation["type"];
  /** The path that the summary names, as the patch has it. */
  readonly name: string;
  readonly path: string;
  readonly movePath: string | undefined;
  readonly before: string;
  readonly after: string;
  /** In the order in which they are done: what is written before what is taken away. */
  readonly steps: readonly FileStep[];
}

/** Everything a patch will do, computed before anything is written. */
export interface PatchPlan {
  readonly changes: readonly PlannedChange[];
  /** Folders to take away at the end if they are empty: those that the plan this one reverses had to make. */
  readonly folders: readonly string[];
}

/** Ends the planning inside this file only. */
class Refusal extends Error {}

/**
 * Computes what a patch does to the files, without writing. Nothing is planned if any part does not fit. Like the
 * reference, refuses two operations on one path; unlike it also two that meet in one file by a move or by links, which
 * there lose one of the two.
 *
 * @param cwd what relative paths are relative to. `..` and absolute paths are followed wherever they lead: whether the
 *   patch may go there is the caller's decision, by {@link touchedPaths}
 */
export async function planPatch(
  patch: Patch,
  cwd: string,
  files: PatchFiles,
): Promise<{ readonly ok: true; readonly plan: PatchPlan } | PatchFailure> {
  const twice = firstRepeated(patch.operations.map(({ path }) => resolve(cwd, path)));
  if (twice !== undefined) return repeated(twice);
  const planner = new Planner(cwd, files);
  const changes: PlannedChange[] = [];
  try {
    for (const operation of patch.operations) changes.push(await planner.change(operation));
  } catch (error) {
    if (error instanceof Refusal) return verificationFailure(error.message);
    throw error;
  }
  const met = firstRepeated(changes.flatMap(({ steps }) => steps.map(({ realPath }) => realPath)));
  return met === undefined ? { ok: true, plan: { changes, folders: [] } } : repeated(met);
}

/**
 * The absolute paths a patch names, move targets too, in its order. For a look before anything is read: links are not
 * followed, so that {@link touchedPaths} has the last word.
 */
export function namedPaths({ operations }: Patch, cwd: string): readonly string[] {
  return operations.flatMap((operation) => {
    const moveTo = operation.type === "update" ? operation.moveTo : undefined;
    return [operation.path, ...(moveTo === undefined ? [] : [moveTo])].map((path) => resolve(cwd, path));
  });
}

/**
 * Every path that applying the plan reads or writes, each once: as named, and without symbolic links. Move targets are
 * among them.
 */
export function touchedPaths({ changes }: PatchPlan): readonly string[] {
  const paths = changes.flatMap(({ path, movePath, steps }) => [
    path,
    ...(movePath === undefined ? [] : [movePath]),
    ...steps.flatMap((step) => [step.path, step.realPath]),
  ]);
  return [...new Set(paths)];
}

/**
 * The plan that puts everything back, for after `plan` was applied. It fails when applied if a file has changed since.
 *
 * @param folders those that applying made, which go away again if nothing else is in them
 */
export function reversePlan({ changes }: PatchPlan, folders: readonly string[] = []): PatchPlan {
  return {
    changes: changes.toReversed().map((change) => ({
      type: change.type === "update" ? "update" : reversedType(change),
      name: change.movePath === undefined ? change.name : change.path,
      path: change.movePath ?? change.path,
      movePath: change.movePath === undefined ? undefined : change.path,
      before: change.after,
      after: change.before,
      steps: change.steps.toReversed().map((step) => ({ ...step, before: step.after, after: step.before })),
    })),
    folders: folders.toReversed(),
  };
}

function reversedType({ type, steps }: PlannedChange): PatchOperation["type"] {
  if (type === "delete") return "add";
  return steps.some(({ before }) => before !== undefined) ? "update" : "delete";
}

class Planner {
  readonly #cwd: string;
  readonly #files: PatchFiles;

  constructor(cwd: string, files: PatchFiles) {
    this.#cwd = cwd;
    this.#files = files;
  }

  async change(operation: PatchOperation): Promise<PlannedChange> {
    const path = resolve(this.#cwd, operation.path);
    const common = { type: operation.type, name: operation.path, path, movePath: undefined };
    if (operation.type === "add") {
      const step = await this.#write(path, operation.content, undefined);
      return { ...common, before: textOf(step.before) ?? "", after: operation.content, steps: [step] };
    }
    const reading = operation.type === "delete" ? "read" : "read file to update";
    const { text, node, file } = await this.#existing(path, reading);
    if (operation.type === "delete") {
      return { ...common, before: text, after: "", steps: [await this.#removal(path)] };
    }
    const applied = applyChunks(text, operation.chunks, path);
    if (!applied.ok) throw new Refusal(applied.reason);
    const { content } = applied;
    const movePath = operation.moveTo === undefined ? undefined : resolve(this.#cwd, operation.moveTo);
    const change = { ...common, name: operation.moveTo ?? operation.path, movePath, before: text, after: content };
    if (movePath === undefined) {
      const after: FileNode = { type: "file", content: Buffer.from(content), mode: node.mode };
      return { ...change, steps: [{ ...file, before: node, after }] };
    }
    const written = await this.#write(movePath, content, node.mode);
    const inPlace = written.realPath === file.realPath;
    return { ...change, steps: inPlace ? [written] : [written, await this.#removal(path)] };
  }

  /** The text file a path leads to. */
  async #existing(
    path: string,
    reading: string,
  ): Promise<{ text: string; node: FileNode & { type: "file" }; file: Pick<FileStep, "path" | "realPath"> }> {
    try {
      const file = await this.#locate(path);
      const node = await this.#files.read(file.realPath);
      if (node === undefined) throw Object.assign(new Error("missing"), { code: "ENOENT", errno: -2 });
      if (node.type === "link") throw Object.assign(new Error("links"), { code: "ELOOP", errno: -40 });
      const text = decodeText(node.content);
      if (text === undefined) throw new Error(utf8ErrorText(node.content));
      return { text, node, file };
    } catch (error) {
      throw new Refusal(`Failed to ${reading} ${path}: ${fileErrorText(error)}`, { cause: error });
    }
  }

  /** A step that writes where a path leads. */
  async #write(path: string, content: string, mode: number | undefined): Promise<FileStep> {
    try {
      const file = await this.#locate(path);
      const before = await this.#files.read(file.realPath).catch((error: unknown) => {
        // A parent that is a file: an earlier operation may take it away, and otherwise writing fails.
        if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return undefined;
        throw error;
      });
      const kept = before?.type === "file" ? before.mode : undefined;
      return { ...file, before, after: { type: "file", content: Buffer.from(content), mode: mode ?? kept } };
    } catch (error) {
      throw new Refusal(`Failed to write file ${path}: ${fileErrorText(error)}`, { cause: error });
    }
  }

  /** A step that takes away what the path names: a link itself, not its file. */
  async #removal(path: string): Promise<FileStep> {
    const realPath = await this.#unlinked(path);
    return { path, realPath, before: await this.#files.read(realPath), after: undefined };
  }

  async #locate(path: string): Promise<Pick<FileStep, "path" | "realPath">> {
    const realPath = await this.#realPath(path);
    if (realPath === (await this.#unlinked(path))) return { path, realPath };
    const inside = relative(await this.#realPath(this.#cwd), realPath);
    const outside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
    return { path: outside ? realPath : join(this.#cwd, inside), realPath };
  }

  /** The path with the links in its folders followed, but not a link that it names itself. */
  async #unlinked(path: string): Promise<string> {
    return join(await this.#realPath(dirname(path)), basename(path));
  }

  async #realPath(path: string): Promise<string> {
    return this.#files.realPath(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return path;
      throw error;
    });
  }
}

function textOf(node: FileNode | undefined): string | undefined {
  return node?.type === "file" ? decodeText(node.content) : undefined;
}

function firstRepeated(paths: readonly string[]): string | undefined {
  return paths.find((path, index) => paths.indexOf(path) !== index);
}

function repeated(path: string): PatchFailure {
  return verificationFailure(`invalid patch: multiple operations target ${path}`);
}
