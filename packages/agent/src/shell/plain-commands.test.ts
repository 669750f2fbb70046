import { expect, test } from "vitest";
import { plainCommands } from "./plain-commands.js";

test.each<[string, string[][]]>([
  ["ls", [["ls"]]],
  ["ls -la 'a b' \"c d\"e", [["ls", "-la", "a b", "c de"]]],
  ["a && b || c; d | e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]],
  ["ls;rm x", [["ls"], ["rm", "x"]]],
  ["ls -\\\nla", [["ls", "-la"]]],
  ["echo 'a\nb' '$x' '`y`' '*'", [["echo", "a\nb", "$x", "`y`", "*"]]],
  ["time ls | cat", [["time", "ls"], ["cat"]]],
  ["command ls", [["command", "ls"]]],
  ["ls\u00a0-la", [["ls\u00a0-la"]]],
  ["ls a=b a:b @ % + !", [["ls", "a=b", "a:b", "@", "%", "+", "!"]]],
])("%j is plain", (script, commands) => {
  expect(plainCommands(script)).toEqual(commands);
});

const obfuscated = [
  "l\\s",
  "\\ls",
  "'ls'",
  "l's'",
  '"ls"',
  "l$'s'",
  "$X",
  "ls $X",
  "ls ${X}",
  "ls$IFS-la",
  'ls "$X"',
  "ls $(rm x)",
  "ls `rm x`",
  'ls "`rm x`"',
  "ls <(rm x)",
  "ls $((x=1))",
  "ls > x",
  "ls 2>&1",
  "ls < x",
  "cat <<< x",
  "cat <<E\nx\nE",
  "ls &",
  "ls & rm x",
  "ls |& rm x",
  "(ls)",
  "{ ls; }",
  "! ls",
  "if ls; then rm x; fi",
  "for i in a; do ls; done",
  "while ls; do rm x; done",
  "case a in a) ls;; esac",
  "f() { ls; }",
  "function f { ls; }",
  "coproc ls",
  "[[ -f x ]]",
  "[ -f x ]",
  "((x=1))",
  "X=1",
  "X=1 ls",
  "export PATH=/tmp",
  "declare x",
  "unset x",
  "alias ls=rm",
  "ls *",
  "ls a?",
  "ls [a]",
  "ls {a,b}",
  "ls +(a)",
  "ls ~",
  "ls a:~",
  "ls # rm x",
  "# rm x",
  "#!/bin/sh\nls",
  "ls a#b",
  "ls \u0007",
  "ls a\rb",
  "ls\0",
  "ls 'a\0b'",
  "ls 'a",
  'ls "a',
  "ls &&",
  "ls |",
  "ls;;",
  ";",
  "",
  " \n",
  "ls\\",
  "time -p ls",
  "! time ls",
];

test.each(obfuscated)("%j is not plain", (script) => {
  expect(plainCommands(script)).toBeUndefined();
});

test("nothing said after a plain command makes the whole plain unless it is plain itself", () => {
  // After a `|`, `time` is a program like any other.
  for (const script of obfuscated.filter((each) => each.trim() !== "" && !each.startsWith("time"))) {
    for (const joint of [" && ", "; ", " | ", "\n", " || "]) {
      const whole = `ls${joint}${script}`;
      expect([whole, plainCommands(whole)]).toEqual([whole, undefined]);
    }
  }
});
