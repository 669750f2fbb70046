import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

import { applyPlan } from "./apply-plan.js";
import { localPatchFiles } from "./local-files.js";
import { parsePatch } from "./parse-patch.js";
import type { PatchPlan } from "./plan-patch.js";
import { planPatch, reversePlan } from "./plan-patch.js";
import { TurnDiff } from "./turn-diff.js";

const PATHS = ["a.txt", "b c.txt", "d/e.txt", "d/f/ü.txt", "g-h.txt", "i/j.txt"];

interface Line {
  readonly text: string;
  readonly end: string;
}

/** What happens to one line of a file, and how the patch spells it. */
interface Edit {
  readonly keep: boolean;
  readonly shown: boolean;
  readonly added: readonly string[];
  readonly spelling: (text: string) => string;
}

type Tree = Map<string, string>;

const text = fc.stringMatching(/^[ \ta-z“”’–-]{0,12}$/u);
const end = fc.constantFrom("\n", "\n", "\n", "\r\n");
const lines = fc
  .tuple(fc.array(fc.record({ text, end }), { maxLength: 12 }), fc.boolean())
  .map(([all, ended]): Line[] =>
    // Numbered, so that each chunk has one place only.
    all.map((line, index) => ({
      text: `${index} ${line.text}|`,
      end: ended || index < all.length - 1 ? line.end : "",
    })),
  );
const spelling = fc.constantFrom<(value: string) => string>(
  (value) => value,
  (value) => `${value}  `,
  (value) => `  ${value}`,
  (value) => value.replaceAll(/[“”]/gu, '"').replaceAll("’", "'").replaceAll("–", "-"),
);
const edit = fc.record({
  keep: fc.boolean(),
  shown: fc.boolean(),
  added: fc.array(text, { maxLength: 2 }),
  spelling,
});

interface Step {
  readonly path: string;
  readonly act: "add" | "delete" | "update" | "move";
  readonly target: string;
  readonly edits: readonly Edit[];
  readonly added: readonly string[];
}

const step: fc.Arbitrary<Step> = fc.record({
  path: fc.constantFrom(...PATHS),
  act: fc.constantFrom("add", "delete", "update", "update", "move"),
  target: fc.constantFrom(...PATHS),
  edits: fc.array(edit, { minLength: 16, maxLength: 16 }),
  added: fc.array(text, { maxLength: 4 }),
});
const turn = fc.record({
  files: fc.dictionary(fc.constantFrom(...PATHS), lines, { noNullPrototype: true }),
  patches: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
});

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "patch-generated-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it("does what the patches say, shows it as git would, and takes every byte back", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(turn, async ({ files, patches }) => {
      run += 1;
      const folder = join(root, String(run));
      const copy = join(root, `${run}-copy`);
      const tree: Tree = new Map(Object.entries(files).map(([path, content]) => [path, joined(content)]));
      for (const target of [folder, copy]) {
        mkdirSync(target);
        for (const [path, content] of tree) put(join(target, path), content);
      }
      const modes = [...tree.keys()].map((path, index) => [path, [0o644, 0o755, 0o600][index % 3] ?? 0o644] as const);
      for (const [path, mode] of modes) chmodSync(join(folder, path), mode);
      const before = snapshot(folder);

      const turnDiff = new TurnDiff(folder);
      const undo: PatchPlan[] = [];
      for (const steps of patches) {
        const patch = patchText(steps, tree);
        if (patch === undefined) continue;
        const parsed = parsePatch(patch);
        if (!parsed.ok) throw new Error(`${parsed.message}\n${patch}`);
        const planned = await planPatch(parsed.patch, folder, localPatchFiles());
        if (!planned.ok) throw new Error(`${planned.message}\n${patch}`);
        const applied = await applyPlan(planned.plan, localPatchFiles());
        if (!applied.ok) throw new Error(applied.message);
        turnDiff.record(planned.plan);
        undo.unshift(reversePlan(planned.plan, applied.folders));
        expect(contents(folder)).toEqual(Object.fromEntries(tree));
      }

      const diff = turnDiff.render();
      if (diff !== "") {
        writeFileSync(join(root, "turn.diff"), diff);
        execFileSync("git", ["apply", "--whitespace=nowarn", join(root, "turn.diff")], {
          cwd: copy,
          env: { ...process.env, GIT_CEILING_DIRECTORIES: root },
        });
      }
      expect(contents(copy)).toEqual(Object.fromEntries(tree));

      for (const plan of undo) {
        expect(await applyPlan(plan, localPatchFiles())).toMatchObject({ ok: true });
        turnDiff.record(plan);
      }
      expect(snapshot(folder)).toEqual(before);
      expect(turnDiff.render()).toBe("");
    }),
    { numRuns: 150 },
  );
}, 120_000);

/** The text of a patch for those steps that are possible in the tree, and the tree after it. */
function patchText(steps: readonly Step[], tree: Tree): string | undefined {
  const used = new Set<string>();
  const sections: string[] = [];
  for (const { path, act, target, edits, added } of steps) {
    const content = tree.get(path);
    if (used.has(path)) continue;
    if (content === undefined || act === "add") {
      sections.push([`*** Add File: ${path}`, ...added.map((line) => `+${line}`)].join("\n"));
      tree.set(path, added.map((line) => `${line}\n`).join(""));
      used.add(path);
    } else if (act === "delete") {
      sections.push(`*** Delete File: ${path}`);
      tree.delete(path);
      used.add(path);
    } else {
      const { chunks, result } = update(content, edits);
      if (chunks.length === 0) continue;
      const move = act === "move" && target !== path && !used.has(target);
      sections.push([`*** Update File: ${path}`, ...(move ? [`*** Move to: ${target}`] : []), ...chunks].join("\n"));
      if (move) tree.delete(path);
      tree.set(move ? target : path, result);
      used.add(path);
      if (move) used.add(target);
    }
  }
  return sections.length === 0 ? undefined : `*** Begin Patch\n${sections.join("\n")}\n*** End Patch\n`;
}

/** Chunks in the patch's language, and what the file must be after them, computed in another way. */
function update(content: string, edits: readonly Edit[]): { chunks: string[]; result: string } {
  const old = [...content.matchAll(/([^\r\n]*)(\r?\n|$)/gu)]
    .map(([, line = "", ending = ""]) => ({ text: line, end: ending }))
    .filter((line) => line.text !== "" || line.end !== "");
  const newline = old[0]?.end === "\r\n" ? "\r\n" : "\n";
  const unique = new Set(old.map((line) => plain(line.text))).size === old.length;
  const chunks: string[] = [];
  const result: Line[] = [];
  let open = false;
  for (const [index, line] of old.entries()) {
    const { keep = true, shown = false, added = [], spelling: spell = String } = edits[index] ?? {};
    // Lines that stand twice leave a chunk without one place: then all lines are in one.
    const inChunk = !keep || shown || !unique;
    if (!inChunk) {
      open = false;
      result.push(line);
      continue;
    }
    if (!open) chunks.push("@@");
    open = true;
    chunks.push((keep ? " " : "-") + spell(line.text), ...added.map((value) => `+${value}`));
    if (keep) result.push(line);
    result.push(...added.map((value) => ({ text: value, end: newline })));
  }
  const last = result.length - 1;
  return {
    chunks,
    result: result.map((line, index) => line.text + (line.end === "" && index < last ? newline : line.end)).join(""),
  };
}

function plain(value: string): string {
  return value.trim().replaceAll(/[“”]/gu, '"').replaceAll("’", "'").replaceAll("–", "-");
}

function joined(content: readonly Line[]): string {
  return content.map((line) => line.text + line.end).join("");
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

/** The files with their contents. */
function contents(folder: string): Record<string, string> {
  const files = filesIn(folder).filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Files and folders with their modes. */
function snapshot(folder: string): Record<string, unknown> {
  const modes = filesIn(folder).map((path) => [path, statSync(join(folder, path)).mode]);
  return { contents: contents(folder), modes: Object.fromEntries(modes) as unknown };
}
