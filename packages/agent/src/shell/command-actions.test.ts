import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { CommandAction } from "@switchboard/protocol";
import { commandActions } from "./command-actions.js";
import { commandLine } from "./command-line.js";
import { plainCommands } from "./plain-commands.js";

/** An action of a recorded row: its kind and what it names, and its `command` where that is not the whole script. */
type ActionRow =
  | ["read", string, string, string?]
  | ["list", string | null, string?]
  | ["search", string | null, string | null, string?]
  | ["unknown"];

function rows<T>(file: string): T[] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

/**
 * Recorded from the reference (0.169.0): scripts run in `/w` under `untrusted`, the `commandActions` of the item, and
 * the amendment it proposed, where "whole" is the argv of the shell with the script in it.
 */
const recorded = rows<[script: string, actions: ActionRow[], amendment: "whole" | string[]]>("reference-scripts.jsonl");

function action(row: ActionRow, script: string): CommandAction {
  switch (row[0]) {
    case "read":
      return { type: "read", command: row[3] ?? script, name: row[1], path: row[2] };
    case "list":
      return { type: "listFiles", command: row[2] ?? script, path: row[1] };
    case "search":
      return { type: "search", command: row[3] ?? script, query: row[1], path: row[2] };
    default:
      return { type: "unknown", command: script };
  }
}

test("scripts mean what the reference says they mean", () => {
  expect(recorded.length).toBeGreaterThan(600);
  const ours = recorded.map(([script]) => [script, commandActions(script, "/w")]);
  expect(ours).toEqual(recorded.map(([script, actions]) => [script, actions.map((row) => action(row, script))]));
});

test("the first command of a plain script is the amendment the reference proposes", () => {
  const ours = recorded.map(([script]) => [script, plainCommands(script)?.[0] ?? "whole"]);
  expect(ours).toEqual(recorded.map(([script, , amendment]) => [script, amendment]));
});

test.each(rows<[string, string]>("reference-quoting.jsonl"))("%j is quoted as %j", (script, quoted) => {
  expect(commandLine(["/bin/bash", "-lc", script])).toBe(`/bin/bash -lc ${quoted}`);
});

test("an empty word is quoted", () => {
  expect(commandLine(["a", "", "b"])).toBe("a '' b");
});

/** Where we differ on purpose. The comment is what the reference says. */
test.each<[string, ActionRow[]]>([
  // list 2
  ["eza --git --tree -L 2 src", [["list", "src"]]],
  // search foo in bar
  ["rg -e foo -e bar src", [["search", "foo", "src"]]],
  // search src
  ["rg -- -foo src", [["search", "-foo", "src"]]],
  // search *.ts in foo
  ["grep --include '*.ts' -r foo src", [["search", "foo", "src"]]],
  // search foo in foo
  ["find -name foo", [["search", "foo", null]]],
  // command: rg foo '' src
  ["rg foo \\\n  src", [["search", "foo", "src", "rg foo src"]]],
  // command: cat 'a;'
  ["cat a;", [["read", "a", "/w/a", "cat a"]]],
  // path without the newline
  ["cat 'a\nb'", [["read", "a\nb", "/w/a\nb"]]],
  // a list or a search, although they change files
  ["find . -delete", [["unknown"]]],
  ["find . -name x -delete", [["unknown"]]],
  ["find . -name x -fprint y", [["unknown"]]],
  ["ls && tee x", [["unknown"]]],
  ["cat a | tee b", [["unknown"]]],
  ["ls | xargs rm -rf", [["unknown"]]],
  ["ls && sort -o x y", [["unknown"]]],
  // two plain commands; to a shell the name of the first file ends in a carriage return
  ["cat a\r\nls", [["unknown"]]],
  // command: cat a
  ["cat a|sed -n 1,5p", [["read", "a", "/w/a"]]],
])("%j", (script, actions) => {
  expect(commandActions(script, "/w")).toEqual(actions.map((row) => action(row, script)));
});

test("a script too long to look into is unknown", () => {
  const script = `cat ${"a".repeat(200_000)}`;
  expect(commandActions(script, "/w")).toEqual([{ type: "unknown", command: script }]);
});
