import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { applyPlan } from "./apply-plan.js";
import { fileUpdateChanges } from "./file-changes.js";
import { localPatchFiles } from "./local-files.js";
import { parsePatch } from "./parse-patch.js";
import type { PatchPlan } from "./plan-patch.js";
import { planPatch } from "./plan-patch.js";
import { TurnDiff } from "./turn-diff.js";

let root = "";
let turnDiff = new TurnDiff("");
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "patch-diff-"));
  mkdirSync(join(root, "work"));
  mkdirSync(join(root, "copy"));
  turnDiff = new TurnDiff(join(root, "work"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(name: string, content: string): void {
  for (const folder of ["work", "copy"]) writeFileSync(join(root, folder, name), content);
}

async function patch(...lines: string[]): Promise<PatchPlan> {
  const parsed = parsePatch(["*** Begin Patch", ...lines, "*** End Patch"].join("\n"));
  if (!parsed.ok) throw new Error(parsed.message);
  const planned = await planPatch(parsed.patch, join(root, "work"), localPatchFiles());
  if (!planned.ok) throw new Error(planned.message);
  expect(await applyPlan(planned.plan, localPatchFiles())).toMatchObject({ ok: true });
  turnDiff.record(planned.plan);
  return planned.plan;
}

/** Applies the diff of the turn with git to the state before the turn. */
function appliedByGit(): Record<string, string> {
  writeFileSync(join(root, "diff"), turnDiff.render());
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: root };
  execFileSync("git", ["apply", "--whitespace=nowarn", join(root, "diff")], { cwd: join(root, "copy"), env });
  return contents("copy");
}

function contents(folder: string): Record<string, string> {
  const names = readdirSync(join(root, folder)).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(root, folder, name), "utf8")]));
}

it("shows a file of 6,000 lines of which all are others now", async () => {
  const old = Array.from({ length: 6000 }, (_, index) => `old ${index}`);
  put("big.txt", `first\n${old.join("\n")}\nlast\n`);
  const plan = await patch(
    "*** Update File: big.txt",
    ...old.map((line) => `-${line}`),
    ...old.map((line) => `+${line} is new`),
  );
  const [change] = fileUpdateChanges(plan);
  expect(change?.diff.split("\n").slice(0, 3)).toEqual(["@@ -1,6002 +1,6002 @@", " first", "-old 0"]);
  expect(appliedByGit()).toEqual(contents("work"));
});

it("shows many changes far from each other as small ones", async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
  put("big.txt", `${lines.join("\n")}\n`);
  const changed = lines.filter((_, index) => index % 50 === 0);
  await patch("*** Update File: big.txt", ...changed.flatMap((line) => ["@@", `-${line}`, `+${line} is new`]));
  expect(turnDiff.render().match(/^@@ /gmu)).toHaveLength(changed.length);
  expect(appliedByGit()).toEqual(contents("work"));
});

it("is right beyond the limit of the search too", async () => {
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}`);
  put("big.txt", `${lines.join("\n")}\n`);
  const swapped = lines.map((_, index) => `line ${index % 2 === 0 ? index + 1 : index - 1}`);
  await patch("*** Update File: big.txt", ...lines.map((line) => `-${line}`), ...swapped.map((line) => `+${line}`));
  expect(appliedByGit()).toEqual(contents("work"));
});

it("writes names that git can read", async () => {
  const names = ["sp ace", 'qu"ote', "back\\slash", "ta\tb", "ü\u0085", "-dash", 'a b\t"c\\'];
  for (const name of names) put(name, "old\n");
  await patch(...names.flatMap((name) => [`*** Update File: ${name}`, "-old", "+new"]));
  await patch(...names.map((name) => `*** Add File: new ${name}`).flatMap((line) => [line, "+1"]));
  expect(appliedByGit()).toEqual(contents("work"));
});

it("writes moves that git can read", async () => {
  put("a.txt", "a\nb\nc\n");
  put("p.txt", "p\n");
  await patch(
    "*** Update File: a.txt",
    "*** Move to: c.txt",
    "-b",
    "+B",
    "*** Update File: p.txt",
    "*** Move to: q",
    " p",
  );
  await patch("*** Update File: c.txt", "*** Move to: d.txt", "-c", "+C");
  expect(turnDiff.render().match(/^diff .*|^rename .*/gmu)).toEqual([
    "diff --git a/a.txt b/d.txt",
    "diff --git a/p.txt b/q",
    "rename from p.txt",
    "rename to q",
  ]);
  expect(appliedByGit()).toEqual(contents("work"));
});

it("shows a link that is taken away as git does", async () => {
  put("a.txt", "a\n");
  for (const folder of ["work", "copy"]) symlinkSync("a.txt", join(root, folder, "link"));
  await patch("*** Delete File: link");
  expect(appliedByGit()).toEqual(contents("work"));
});

it("leaves out a file that would make the diff too long, and keeps the others", async () => {
  await patch("*** Add File: huge", `+${"x".repeat(17 * 1024 * 1024)}`, "*** Add File: small", "+s");
  expect(turnDiff.render().match(/^diff .*/gmu)).toEqual(["diff --git a/small b/small"]);
});

it("shows paths outside the root whole", async () => {
  await patch("*** Add File: ../outside.txt", "+1");
  expect(turnDiff.render()).toContain(`+++ b/${join(root, "outside.txt")}\n`);
});
