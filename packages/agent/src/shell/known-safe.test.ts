import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commandLine } from "./command-line.js";
import { isKnownSafe } from "./known-safe.js";
import { plainCommands } from "./plain-commands.js";

function isSafeScript(script: string): boolean {
  const commands = plainCommands(script);
  return commands !== undefined && isKnownSafe(commands);
}

test.each([
  "ls",
  "ls -la src && cat a.txt | head -n 5",
  "cd src; pwd; wc -l a",
  "rg -n foo src",
  "rg --files -g '*.ts'",
  "rg -A3 -ie foo --type ts",
  "grep -rn foo src --include=*",
  "grep -5 foo a",
  "find . -name x -type f -mtime -7",
  "sed -n 1,20p a",
  "sed -n 5p",
  "base64 -d a",
  "date",
  "date -u +%s",
  "uniq -c a",
  "nl -ba f | sed -n '10,20p'",
  "echo 'rm -rf /' || true",
])("%j is known safe", (script) => {
  expect(isSafeScript(script.replace("=*", "='*'"))).toBe(true);
});

test.each([
  "",
  "node x",
  "/bin/ls",
  "./ls",
  "LS",
  "ls\u00a0-la",
  "command ls",
  "env ls",
  "time ls",
  "ls; rm x",
  "ls | sh",
  "ls > x",
  "$(ls)",
  "find . -delete",
  "find . -exec rm x",
  "find . -execdir rm x",
  "find . -ok rm x",
  "find . -fprint x",
  "find . -fls x",
  "find . -name -- -delete",
  "rg --pre cat x",
  "rg --pre=cat x",
  "rg -e -- --pre=./evil",
  "rg --glob --pre=./evil x",
  "rg --hostname-bin x y",
  "rg -z x",
  "rg -nz x",
  "rg --search-zip x",
  "grep --filter=x y",
  "grep --pager=x y",
  "sed -i s/a/b/ x",
  "sed -n 1p -i",
  "sed -n 1p --in-place",
  "sed -n 1pw x",
  "sed -n '1p;w x'",
  "sed -n 1,5p a b",
  "sed 1e x",
  "base64 -o x",
  "base64 --output=x",
  "date -s x",
  "date --set=x",
  "date 01010101",
  "uniq a b",
  "uniq -c a b",
  "uniq -- a b",
  "sort -o x y",
  "tree -o x",
  "printf -v PATH x",
  "test -v x",
  "git status",
  "git diff --output=x",
  "git log",
  "hostname x",
  "tee x",
  "xargs rm",
])("%j is not", (script) => {
  expect(isSafeScript(script)).toBe(false);
});

const hasSandbox = spawnSync("bwrap", ["--ro-bind", "/", "/", "true"]).status === 0;

/** Runs random lines that we call safe for real, in a folder with bait. */
describe.skipIf(!hasSandbox)("what is called safe", () => {
  const folder = mkdtempSync(join(tmpdir(), "known-safe-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("changes no file and runs no program, with random options", { timeout: 120_000 }, () => {
    const bait = join(folder, "bait");
    mkdirSync(join(bait, "sub"), { recursive: true });
    for (const name of ["a", "b", "sub/c", "-x"]) writeFileSync(join(bait, name), `${name}\nfoo\nfoo\n`);
    writeFileSync(join(bait, "evil"), "#!/bin/sh\ntouch was-run\n");
    chmodSync(join(bait, "evil"), 0o755);
    const before = snapshot(bait);
    let ran = 0;
    for (let seed = 1; ran < 300 && seed < 20_000; seed += 1) {
      const words = randomCommand(random(seed));
      if (!isKnownSafe([words])) continue;
      ran += 1;
      const work = join(folder, `w${seed}`);
      cpSync(bait, work, { recursive: true });
      const jail = ["--ro-bind", "/", "/", "--bind", work, work, "--dev", "/dev", "--proc", "/proc", "--unshare-all"];
      const line = commandLine(words);
      spawnSync("bwrap", [...jail, "--chdir", work, "timeout", "-s", "KILL", "0.3", "bash", "-c", line], {
        input: "foo\nevil\n",
        stdio: ["pipe", "ignore", "ignore"],
      });
      expect({ line, files: snapshot(work) }).toEqual({ line, files: before });
      rmSync(work, { recursive: true });
    }
    expect(ran).toBe(300);
  });
});

function snapshot(folder: string): [string, string, number][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const path = join(folder, name);
      const { mode } = statSync(path);
      return [name, statSync(path).isDirectory() ? "" : readFileSync(path, "utf8"), mode];
    });
}

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Mostly those that can do harm. */
const programs = "uniq sed find rg grep date base64 uniq sed find rg sort tree cat ls tail tr stat".split(" ");

const bareWords = [
  "a",
  "b",
  "-n",
  "a",
  "b",
  "evil",
  "./evil",
  "sub",
  ".",
  "foo",
  "1",
  "1p",
  "-",
  "--",
  "-x",
  "w new",
  "1e ./evil",
  "1w new",
];
const options = (
  "-n -i -o -w -s -exec -delete -fprint -name -print -print0 -size ; --pre --pre=./evil --output=new --in-place " +
  "--set=1 --files"
).split(" ");

function randomCommand(below: (n: number) => number): string[] {
  const words = [programs[below(programs.length)] ?? "cat"];
  for (let count = below(5); count > 0; count -= 1) {
    const letter = String.fromCodePoint((below(2) === 0 ? 65 : 97) + below(26));
    const menu = [...bareWords, ...options, `-${letter}`, `-${letter}new`, `-${letter}evil`, `--${letter}`];
    words.push(menu[below(menu.length)] ?? "a");
  }
  return words;
}
