import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { applyPlan } from "./apply-plan.js";
import { fileUpdateChanges } from "./file-changes.js";
import { localPatchFiles } from "./local-files.js";
import { parsePatch } from "./parse-patch.js";
import { planPatch } from "./plan-patch.js";
import { TurnDiff } from "./turn-diff.js";

type FixtureFile =
  | string
  | { readonly hex: string }
  | { readonly link: string }
  | { readonly folder: true }
  | { readonly content: string; readonly mode: number };

/** One turn as codex 0.169.0 did it; `DIR` stands for the turn's folder. */
interface RecordedTurn {
  readonly name: string;
  readonly files: Readonly<Record<string, FixtureFile>>;
  readonly patches: readonly string[];
  /** What the model got. With an exit code: after `item/started`; without: refused before. */
  readonly outputs: readonly { readonly exitCode: number | null; readonly text: string }[];
  /** `changes` of each `fileChange` item that was started. */
  readonly changes: readonly unknown[];
  /** The last `turn/diff/updated`. */
  readonly turnDiff: string;
  /** The folder after the turn. */
  readonly tree: Readonly<Record<string, string>>;
  /** Where we differ on purpose: what comes out here instead. */
  readonly ours?: { readonly why: string } & Partial<Outcome>;
}

type Outcome = Pick<RecordedTurn, "outputs" | "changes" | "turnDiff" | "tree">;

const recorded = JSON.parse(
  readFileSync(new URL("fixtures/reference-corpus.json", import.meta.url), "utf8"),
) as RecordedTurn[];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patch-corpus-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("turns recorded from the reference", () => {
  it.each(recorded)("$name", async (turn) => {
    const { outputs, changes, turnDiff, tree } = { ...turn, ...turn.ours };
    expect(await run(turn)).toEqual({ outputs, changes, turnDiff, tree });
  });
});

async function run({ files, patches }: RecordedTurn): Promise<Outcome> {
  for (const [name, file] of Object.entries(files)) put(join(folder, name), file);
  const outputs: { exitCode: number | null; text: string }[] = [];
  const changes: unknown[] = [];
  const turnDiff = new TurnDiff(folder);
  for (const text of patches) {
    const parsed = parsePatch(text.replaceAll("DIR", folder));
    const planned = parsed.ok ? await planPatch(parsed.patch, folder, localPatchFiles()) : parsed;
    if (!planned.ok) {
      outputs.push({ exitCode: null, text: planned.message });
      continue;
    }
    changes.push(fileUpdateChanges(planned.plan));
    const applied = await applyPlan(planned.plan, localPatchFiles());
    outputs.push({ exitCode: applied.ok ? 0 : 1, text: applied.ok ? applied.summary : applied.message });
    if (applied.ok) turnDiff.record(planned.plan);
  }
  const outcome: Outcome = { outputs, changes, turnDiff: turnDiff.render(), tree: treeOf(folder) };
  return JSON.parse(JSON.stringify(outcome).replaceAll(folder, "DIR")) as Outcome;
}

function put(path: string, file: FixtureFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === "string") writeFileSync(path, file);
  else if ("hex" in file) writeFileSync(path, Buffer.from(file.hex, "hex"));
  else if ("link" in file) symlinkSync(file.link, path);
  else if ("folder" in file) mkdirSync(path);
  else {
    writeFileSync(path, file.content);
    chmodSync(path, file.mode);
  }
}

/** Contents by path, in the notation of the recording. */
function treeOf(path: string, prefix = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    const name = prefix + entry.name;
    if (entry.isSymbolicLink()) {
      tree[name] = `-> ${readlinkSync(inner)}`;
    } else if (entry.isDirectory()) {
      tree[`${name}/`] = "dir";
      Object.assign(tree, treeOf(inner, `${name}/`));
    } else {
      const content = readFileSync(inner);
      const mode = statSync(inner).mode & 0o777;
      const text = content.toString();
      tree[name] =
        (text.includes("\uFFFD") ? `hex:${content.toString("hex")}` : text) +
        (mode === 0o644 ? "" : ` [mode ${mode.toString(8)}]`);
    }
  }
  return tree;
}
