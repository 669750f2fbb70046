import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { folderWithUris, testServer } from "./support/exec-server.js";

const options = { maxDepth: 64, maxDirectories: 10_000, maxEntries: 50_000, followDirectorySymlinks: false };

async function setUp() {
  const { ready } = await testServer();
  const { folder, uri } = await folderWithUris();
  await mkdir(join(folder, ".git/x"), { recursive: true });
  await mkdir(join(folder, "sub/deep"), { recursive: true });
  await writeFile(join(folder, ".hidden"), "");
  await writeFile(join(folder, "a.txt"), "");
  await writeFile(join(folder, "sub/deep/z"), "");
  await symlink("a.txt", join(folder, "file-link"));
  await symlink("sub", join(folder, "dir-link"));
  await symlink("nowhere", join(folder, "broken"));
  await symlink("..", join(folder, "sub/up"));
  const client = await ready();
  const walk = async (changes: object = {}, path = "") => {
    const { entries, ...rest } = await client.request("fs/walk", {
      path: uri(path),
      options: { ...options, ...changes },
    });
    const names = entries.map((entry: { path: string; kind: string }) => {
      const name = entry.path.slice(uri().length);
      return entry.kind === "directory" ? `${name}/` : name;
    });
    return { names, ...rest };
  };
  const refusal = (changes: object) => client.refusal("fs/walk", { path: uri(), options: { ...options, ...changes } });
  return { client, folder, uri, walk, refusal };
}

const complete = { errors: [], truncated: false };
const firstLevel = [".git/", ".hidden", "a.txt", "sub/"];

describe("fs/walk", () => {
  test("lists files and folders, breadth first and by name, without links", async () => {
    const { walk } = await setUp();
    const names = [...firstLevel, ".git/x/", "sub/deep/", "sub/deep/z"];
    expect(await walk()).toEqual({ names, ...complete });
  });

  test("follows links to folders when told so, never in circles", async () => {
    const { walk } = await setUp();
    expect(await walk({ followDirectorySymlinks: true })).toEqual({
      names: [
        ".git/",
        ".hidden",
        "a.txt",
        "dir-link/",
        "sub/",
        ".git/x/",
        "dir-link/deep/",
        "dir-link/up/",
        "dir-link/deep/z",
      ],
      ...complete,
    });
  });

  test("lists hidden folders but stays out of them when told so", async () => {
    const { walk } = await setUp();
    const names = [...firstLevel, "sub/deep/", "sub/deep/z"];
    expect(await walk({ pruneHiddenDirectories: true })).toEqual({ names, ...complete });
  });

  test("goes as deep as it may, which is no truncation", async () => {
    const { walk } = await setUp();
    expect(await walk({ maxDepth: 0 })).toEqual({ names: firstLevel, ...complete });
    expect(await walk({ maxDepth: 1 })).toEqual({ names: [...firstLevel, ".git/x/", "sub/deep/"], ...complete });
  });

  test("says when a limit cut it short", async () => {
    const { walk } = await setUp();
    expect(await walk({ maxDirectories: 1 })).toEqual({ names: firstLevel, errors: [], truncated: true });
    expect(await walk({ maxDirectories: 5 })).toMatchObject({ truncated: false });
    // Links are looked at too. In the first folder are four entries and three links.
    expect(await walk({ maxEntries: 11 })).toMatchObject({ truncated: false });
    expect(await walk({ maxEntries: 10 })).toMatchObject({ truncated: true });
    expect(await walk({ maxEntries: 2 })).toEqual({ names: [".git/", ".hidden"], errors: [], truncated: true });
  });

  test("finds nothing below what is no folder", async () => {
    const { client, uri, walk } = await setUp();
    for (const path of ["a.txt", "file-link", "dir-link"])
      expect(await walk({}, path)).toEqual({ names: [], ...complete });
    expect(await walk({ followDirectorySymlinks: true, maxDepth: 0 }, "dir-link")).toMatchObject({
      names: ["dir-link/deep/", "dir-link/up/"],
    });
    expect(await client.refusal("fs/walk", { path: uri("missing"), options })).toEqual([
      -32004,
      "No such file or directory (os error 2)",
    ]);
  });

  test.each([{ maxDirectories: 0 }, { maxEntries: 0 }])("refuses %j", async (changes) => {
    const { refusal } = await setUp();
    expect(await refusal(changes)).toEqual([-32600, "filesystem walk limits must be greater than zero"]);
  });

  test.each([{ maxDepth: 65 }, { maxDirectories: 10_001 }, { maxEntries: 50_001 }])("refuses %j", async (changes) => {
    const { refusal } = await setUp();
    expect(await refusal(changes)).toEqual([
      -32600,
      "filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000",
    ]);
  });

  test.each([
    [undefined, "missing field `options`"],
    [null, "invalid type: null, expected struct WalkOptions"],
    [{}, "missing field `maxDepth`"],
    [{ ...options, followDirectorySymlinks: undefined }, "missing field `followDirectorySymlinks`"],
    [{ ...options, pruneHiddenDirectories: null }, "invalid type: null, expected a boolean"],
    [{ ...options, maxEntries: -1 }, "invalid number"],
    [{ ...options, maxEntries: "1" }, 'invalid type: string "1", expected usize'],
  ])("refuses the options %j", async (given, message) => {
    const { client, uri } = await setUp();
    expect(await client.refusal("fs/walk", { path: uri(), options: given })).toEqual([-32602, message]);
  });
});
