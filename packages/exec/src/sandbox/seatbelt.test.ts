import { expect, test } from "vitest";

import { seatbeltArguments } from "./seatbelt.js";

/** A profile's own lines, with its parameters put in as words. */
function rules(args: readonly string[]): { text: string; lines: string[] } {
  const text = args[1] ?? "";
  const values = new Map<string, string>();
  for (const [index, arg] of args.entries()) {
    if (arg !== "-D") continue;
    const [name = "", ...value] = (args[index + 1] ?? "").split("=");
    values.set(name, value.join("="));
  }
  const lines = text
    .split("\n")
    .filter((line) => line.includes("(param"))
    .map((line) => line.replaceAll(/\(param "(\w+)"\)/g, (_all, name: string) => `<${values.get(name)}>`));
  return { text, lines };
}

test("roots, what is protected in them, and what is hidden, parents first", () => {
  const args = seatbeltArguments({
    kind: "restricted",
    writableRoots: [
      { path: "/nowhere/project/.git/open", readOnly: [] },
      { path: "/nowhere/project", readOnly: ["/nowhere/project/.git", "/nowhere/project/a/home"] },
    ],
    network: false,
    unreadable: ["/nowhere/secret"],
  });
  expect(args[0]).toBe("-p");
  expect(args.at(-1)).toBe("--");
  const { text, lines } = rules(args);
  expect(text).toMatch(/^\(version 1\)\n\(deny default\)\n/);
  expect(text).not.toContain("network");
  expect(lines).toEqual([
    "(allow file-write* (subpath </nowhere/project>))",
    "(deny file-read* file-write* (subpath </nowhere/secret>))",
    "(deny file-write* (subpath </nowhere/project/.git>))",
    "(deny file-write* (literal </nowhere/project/.git>))",
    "(allow file-write* (subpath </nowhere/project/.git/open>))",
    "(deny file-write-unlink (literal </nowhere/project/a>))",
    "(deny file-write* (subpath </nowhere/project/a/home>))",
    "(deny file-write* (literal </nowhere/project/a/home>))",
  ]);
});

test("the network is allowed only when asked for", () => {
  const of = (network: boolean): string =>
    rules(seatbeltArguments({ kind: "restricted", writableRoots: [], network, unreadable: [] })).text;
  expect(of(true)).toContain("(allow network*)");
  expect(of(false)).not.toContain("network");
});

test("nothing of a path is in the text", () => {
  const path = '/nowhere/a")) (allow default) ((x "\\=';
  const args = seatbeltArguments({
    kind: "restricted",
    writableRoots: [{ path, readOnly: [] }],
    network: false,
    unreadable: [],
  });
  expect(args[1]).not.toContain("allow default");
  expect(args).toContain(`PATH_0=${path}`);
});
