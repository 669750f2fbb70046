import { chmod, lstat, mkdir, readFile, readlink, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { ExecClient, Json } from "./support/exec-client.js";
import { folderWithUris, testServer } from "./support/exec-server.js";

/** A client and a folder with a file, a folder with a file, and links to all and nothing. */
async function setUp() {
  const { ready } = await testServer();
  const { folder, uri } = await folderWithUris();
  await mkdir(join(folder, "sub/deep"), { recursive: true });
  await writeFile(join(folder, "a.txt"), "hello");
  await writeFile(join(folder, "sub/deep/z"), "zz");
  await symlink("a.txt", join(folder, "link"));
  await symlink("sub", join(folder, "folder-link"));
  await symlink("nowhere", join(folder, "broken"));
  await symlink("loop", join(folder, "loop"));
  return { client: await ready(), folder, uri, at: (path: string) => join(folder, path) };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const notFound = [-32004, "No such file or directory (os error 2)"];
const notAFolder = [-32603, "Not a directory (os error 20)"];

describe("a path", () => {
  test.each([
    ["/tmp", -32602, "invalid URI: relative URL without a base"],
    ["tmp", -32602, "invalid URI: relative URL without a base"],
    ["", -32602, "invalid URI: relative URL without a base"],
    ["file://user@/tmp", -32602, "invalid URI: cannot be parsed"],
    ["http://a.example/tmp", -32602, "unsupported path URI scheme `http`"],
    ["data:,x", -32602, "unsupported path URI scheme `data`"],
    ["file:///tmp?x=1", -32602, "query parameters are not allowed in path URIs"],
    ["file:///tmp#x", -32602, "fragments are not allowed in path URIs"],
    ["file:///tmp/%00", -32602, "'file:///tmp/%00' is invalid on 'linux'"],
    ["file://host/tmp", -32600, "'file://host/tmp' is invalid on 'linux'"],
    ["file:///C:/x", -32600, "'file:///C:/x' is invalid on 'linux'"],
    ["file:///tmp/%2Fx", -32600, "'file:///tmp/%2Fx' is invalid on 'linux'"],
    ["file:///tmp/%FF", -32600, "'file:///tmp/%FF' is invalid on 'linux'"],
    [5, -32602, "invalid type: number, expected a string"],
    [null, -32602, "invalid type: null, expected a string"],
  ])("%s is refused", async (path, code, message) => {
    const { ready } = await testServer();
    const client = await ready();
    const expected = [code, message.replace("linux", process.platform)];
    expect(await client.refusal("fs/canonicalize", { path })).toEqual(expected);
    expect(
      await client.refusal("fs/copy", { sourcePath: "file:///", destinationPath: path, recursive: false }),
    ).toEqual(expected);
  });

  test.each(["", "sub/../", "./", "sub/%2e%2e/"])("may be written with %s", async (detour) => {
    const { client, uri } = await setUp();
    const path = `${uri()}${detour}a.txt`;
    expect(await client.request("fs/canonicalize", { path })).toEqual({ path: uri("a.txt") });
  });

  test("may hold anything but a slash", async () => {
    const { client, uri, at } = await setUp();
    const name = " ü#?%&\n\\😀";
    await client.request("fs/writeFile", { path: uri(name), dataBase64: base64("x") });
    expect(await readFile(at(name), "utf8")).toBe("x");
    const { entries } = await client.request("fs/readDirectory", { path: uri() });
    expect(entries).toContainEqual({ fileName: name, isDirectory: false, isFile: true });
  });
});

describe("fs/readFile", () => {
  test("reads files and through links", async () => {
    const { client, uri } = await setUp();
    for (const path of ["a.txt", "link", "folder-link/../a.txt"]) {
      expect(await client.request("fs/readFile", { path: uri(path), sandbox: null, unknown: 1 })).toEqual({
        dataBase64: base64("hello"),
      });
    }
  });

  test("says why it cannot", async () => {
    const { client, uri, at } = await setUp();
    const refusal = (path: string) => client.refusal("fs/readFile", { path: uri(path) });
    expect(await refusal("missing")).toEqual(notFound);
    expect(await refusal("broken")).toEqual(notFound);
    expect(await refusal("a.txt/x")).toEqual(notAFolder);
    expect(await refusal("loop")).toEqual([-32603, "Symbolic link loop (os error 40)"]);
    expect(await refusal("sub")).toEqual([-32600, `path \`${at("sub")}\` is not a file`]);
    expect(await client.refusal("fs/readFile", { path: "file:///dev/null" })).toEqual([
      -32600,
      "path `/dev/null` is not a file",
    ]);
    await truncate(at("a.txt"), 200 * 1024 * 1024);
    expect(await refusal("a.txt")).toEqual([
      -32600,
      "file is too large to read: limit is 134217728 bytes; read it with fs/open and fs/readBlock",
    ]);
  });

  test("does not follow links when told so", async () => {
    const { client, uri } = await setUp();
    const read = (path: string) => client.call("fs/readFile", { path: uri(path), followSymlinks: false });
    expect((await read("a.txt")).result).toEqual({ dataBase64: base64("hello") });
    expect((await read("link")).error).toMatchObject({ code: -32603, message: "Symbolic link loop (os error 40)" });
    expect((await read("folder-link/deep/z")).error).toMatchObject({ code: notAFolder[0], message: notAFolder[1] });
  });
});

describe("fs/writeFile", () => {
  test("makes, replaces and empties files, through links too", async () => {
    const { client, uri, at } = await setUp();
    const write = (path: string, text: string) =>
      client.request("fs/writeFile", { path: uri(path), dataBase64: base64(text) });
    expect(await write("new", "one")).toEqual({});
    await write("new", "2");
    expect(await readFile(at("new"), "utf8")).toBe("2");
    await write("new", "");
    expect((await stat(at("new"))).size).toBe(0);
    await write("link", "through");
    expect(await readFile(at("a.txt"), "utf8")).toBe("through");
    await write("broken", "made");
    expect(await readFile(at("nowhere"), "utf8")).toBe("made");
    expect((await stat(at("new"))).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test.each([
    ["aGk", "Invalid padding"],
    ["a!", "Invalid symbol 33, offset 1."],
    ["aG-_", "Invalid symbol 45, offset 2."],
    ["aGl=", "Invalid last symbol 108, offset 2."],
    ["a", "Invalid input length: 1"],
    ["aGk= ", "Invalid symbol"],
  ])("refuses the base64 %s", async (dataBase64, why) => {
    const { client, uri, at } = await setUp();
    const [code, message] = await client.refusal("fs/writeFile", { path: uri("a.txt"), dataBase64 });
    expect([code, message]).toEqual([
      -32600,
      expect.stringContaining("fs/writeFile requires valid base64 dataBase64: "),
    ]);
    expect(message).toContain(why);
    expect(await readFile(at("a.txt"), "utf8")).toBe("hello");
  });

  test("says why it cannot", async () => {
    const { client, uri, at } = await setUp();
    const refusal = (path: string, more: Json = {}) =>
      client.refusal("fs/writeFile", { path: uri(path), dataBase64: "", ...more });
    expect(await refusal("missing/x")).toEqual(notFound);
    expect(await refusal("sub")).toEqual([-32603, "Is a directory (os error 21)"]);
    const link = [-32603, "Symbolic link loop (os error 40)"];
    expect(await refusal("link", { followSymlinks: false })).toEqual(link);
    expect(await refusal("folder-link/x", { followSymlinks: false })).toEqual(notAFolder);
    expect(await readFile(at("a.txt"), "utf8")).toBe("hello");
    expect(await client.refusal("fs/writeFile", { path: uri("x") })).toEqual([-32602, "missing field `dataBase64`"]);
  });
});

describe("fs/createDirectory", () => {
  test("makes all folders unless told otherwise", async () => {
    const { client, uri, at } = await setUp();
    const create = (path: string, more: Json = {}) => client.call("fs/createDirectory", { path: uri(path), ...more });
    expect((await create("one/two")).result).toEqual({});
    expect((await create("one/two")).result).toEqual({});
    expect((await create("three", { recursive: null })).result).toEqual({});
    expect((await create("one/two", { recursive: false })).error).toEqual({
      code: -32603,
      message: "File exists (os error 17)",
    });
    expect((await create("four/five", { recursive: false })).error?.code).toBe(-32004);
    expect((await create("a.txt")).error?.message).toBe("File exists (os error 17)");
    expect((await create("a.txt/x")).error?.message).toBe(notAFolder[1]);
    expect((await stat(at("one/two"))).isDirectory()).toBe(true);
  });

  test("does not follow links when told so", async () => {
    const { client, uri, at } = await setUp();
    const create = (path: string, recursive: boolean) =>
      client.call("fs/createDirectory", { path: uri(path), recursive, followSymlinks: false });
    expect((await create("one/two", true)).result).toEqual({});
    expect((await create("one/two/three", false)).result).toEqual({});
    expect((await create("one/two", true)).result).toEqual({});
    expect((await create("folder-link/new", true)).error?.message).toBe(notAFolder[1]);
    expect((await create("folder-link", true)).error?.message).toBe(notAFolder[1]);
    await expect(lstat(at("sub/new"))).rejects.toThrow("ENOENT");
  });
});

describe("fs/getMetadata and fs/canonicalize", () => {
  test("tell what a path leads to, and whether it is a link", async () => {
    const { client, uri, at } = await setUp();
    const metadata = (path: string) => client.request("fs/getMetadata", { path: uri(path) });
    const { mtimeMs } = await stat(at("a.txt"));
    expect(await metadata("a.txt")).toEqual({
      isDirectory: false,
      isFile: true,
      isSymlink: false,
      size: 5,
      createdAtMs: expect.any(Number),
      modifiedAtMs: Math.trunc(mtimeMs),
    });
    expect(await metadata("link")).toMatchObject({ isFile: true, isSymlink: true, size: 5 });
    expect(await metadata("folder-link")).toMatchObject({ isDirectory: true, isFile: false, isSymlink: true });
    for (const path of ["broken", "missing"]) {
      expect(await client.refusal("fs/getMetadata", { path: uri(path) })).toEqual(notFound);
    }
    expect(await client.request("fs/canonicalize", { path: uri("folder-link/deep/z") })).toEqual({
      path: uri("sub/deep/z"),
    });
    expect(await client.refusal("fs/canonicalize", { path: uri("broken") })).toEqual(notFound);
  });

  test("refuse links when told so", async () => {
    const { client, uri } = await setUp();
    const metadata = (path: string) => client.call("fs/getMetadata", { path: uri(path), followSymlinks: false });
    expect((await metadata("sub")).result).toMatchObject({ isDirectory: true });
    expect((await metadata("link")).error).toEqual({ code: -32600, message: "path contains a symbolic link" });
    expect((await metadata("folder-link/deep")).error?.message).toBe(notAFolder[1]);
  });
});

describe("fs/readDirectory", () => {
  test("describes what links lead to and leaves out those that lead nowhere", async () => {
    const { client, uri } = await setUp();
    const { entries } = await client.request("fs/readDirectory", { path: uri() });
    const file = { isDirectory: false, isFile: true };
    const folder = { isDirectory: true, isFile: false };
    expect(entries.toSorted((one: Json, other: Json) => (one.fileName < other.fileName ? -1 : 1))).toEqual([
      { fileName: "a.txt", ...file },
      { fileName: "folder-link", ...folder },
      { fileName: "link", ...file },
      { fileName: "sub", ...folder },
    ]);
    expect(await client.refusal("fs/readDirectory", { path: uri("a.txt") })).toEqual(notAFolder);
    expect(await client.refusal("fs/readDirectory", { path: uri("missing") })).toEqual(notFound);
  });
});

describe("fs/remove", () => {
  test("removes files, folders and links, but not what links lead to", async () => {
    const { client, uri, at } = await setUp();
    for (const path of ["folder-link", "link", "missing", "sub"]) {
      expect(await client.request("fs/remove", { path: uri(path) })).toEqual({});
    }
    await expect(lstat(at("sub"))).rejects.toThrow("ENOENT");
    expect(await readFile(at("a.txt"), "utf8")).toBe("hello");
  });

  test("is as careful as it is told", async () => {
    const { client, uri, at } = await setUp();
    const remove = (path: string, more: Json) => client.call("fs/remove", { path: uri(path), ...more });
    expect((await remove("missing", { force: false })).error).toMatchObject({ code: -32004 });
    expect((await remove("sub", { recursive: false })).error).toEqual({
      code: -32603,
      message: "Directory not empty (os error 39)",
    });
    expect((await remove("a.txt/x", {})).error?.message).toBe(notAFolder[1]);
    expect((await remove("sub", { followSymlinks: false })).error).toEqual({
      code: -32603,
      message: "recursive no-follow removal is unsupported",
    });
    expect((await remove("folder-link/deep/z", { followSymlinks: false, recursive: false })).error?.code).toBe(-32603);
    expect((await remove("sub/deep/z", { followSymlinks: false, recursive: false })).result).toEqual({});
    expect((await remove("sub/deep", { recursive: false })).result).toEqual({});
    await expect(lstat(at("sub/deep"))).rejects.toThrow("ENOENT");
  });
});

describe("fs/copy", () => {
  const copy = (client: ExecClient, uri: (path: string) => string, from: string, to: string, recursive: boolean) =>
    client.call("fs/copy", { sourcePath: uri(from), destinationPath: uri(to), recursive });

  test("copies files with their modes, links as links, and folders whole", async () => {
    const { client, uri, at } = await setUp();
    await chmod(at("sub/deep/z"), 0o751);
    await symlink("z", at("sub/deep/l"));
    expect((await copy(client, uri, "sub", "made/on/the/way", true)).result).toEqual({});
    expect(await readFile(at("made/on/the/way/deep/z"), "utf8")).toBe("zz");
    expect((await stat(at("made/on/the/way/deep/z"))).mode & 0o777).toBe(0o751);
    expect(await readlink(at("made/on/the/way/deep/l"))).toBe("z");
    expect((await copy(client, uri, "folder-link", "copied-link", true)).result).toEqual({});
    expect(await readlink(at("copied-link"))).toBe("sub");
    expect((await copy(client, uri, "a.txt", "nowhere", false)).result).toEqual({});
    expect(await readFile(at("nowhere"), "utf8")).toBe("hello");
  });

  test("keeps a file that is copied to itself", async () => {
    const { client, uri, at } = await setUp();
    await copy(client, uri, "a.txt", "a.txt", false);
    expect(await readFile(at("a.txt"), "utf8")).toBe("hello");
  });

  test("says why it cannot", async () => {
    const { client, uri } = await setUp();
    const refusal = async (from: string, to: string, recursive = true) =>
      (await copy(client, uri, from, to, recursive)).error;
    const intoItself = {
      code: -32600,
      message: "fs/copy cannot copy a directory to itself or one of its descendants",
    };
    expect(await refusal("sub", "sub")).toEqual(intoItself);
    expect(await refusal("sub", "sub/deep/new/one")).toEqual(intoItself);
    expect(await refusal("sub", "folder-link/new")).toEqual(intoItself);
    expect(await refusal("sub", "new", false)).toEqual({
      code: -32600,
      message: "fs/copy requires recursive: true when sourcePath is a directory",
    });
    expect(await refusal("missing", "new")).toMatchObject({ code: -32004 });
    expect(await refusal("a.txt", "missing/new")).toMatchObject({ code: -32004 });
    expect(await refusal("a.txt", "sub")).toMatchObject({ code: -32603 });
    expect(await refusal("link", "a.txt")).toEqual({ code: -32603, message: "File exists (os error 17)" });
    expect(
      await client.refusal("fs/copy", { sourcePath: "file:///dev/null", destinationPath: uri("x"), recursive: false }),
    ).toEqual([-32600, "fs/copy only supports regular files, directories, and symlinks"]);
    expect(await client.refusal("fs/copy", { sourcePath: uri("x"), destinationPath: uri("y") })).toEqual([
      -32602,
      "missing field `recursive`",
    ]);
  });
});

describe("a sandbox", () => {
  const asked = { permissions: { type: "managed" }, cwd: "file:///" };

  test.each([
    ["fs/readFile", {}],
    ["fs/writeFile", { dataBase64: "" }],
    ["fs/createDirectory", {}],
    ["fs/getMetadata", {}],
    ["fs/canonicalize", {}],
    ["fs/readDirectory", {}],
    ["fs/walk", { options: { maxDepth: 1, maxDirectories: 1, maxEntries: 1, followDirectorySymlinks: false } }],
    ["fs/remove", {}],
    ["fs/open", { handleId: "h" }],
    ["fs/copy", { recursive: true }],
  ])("that %s is asked for is refused, not ignored", async (method, more) => {
    const { client, uri } = await setUp();
    const path = { path: uri("a.txt"), sourcePath: uri("a.txt"), destinationPath: uri("new") };
    const refused = await client.refusal(method, { ...path, ...more, sandbox: asked });
    expect(refused).toEqual([-32602, expect.stringMatching(/^sandbox is not supported by this exec-server/)]);
    expect(await client.request("fs/readFile", { path: uri("a.txt") })).toEqual({ dataBase64: base64("hello") });
  });

  test("that is disabled asks for nothing", async () => {
    const { client, uri } = await setUp();
    const sandbox = { permissions: { type: "disabled" } };
    expect(await client.request("fs/readFile", { path: uri("a.txt"), sandbox })).toEqual({
      dataBase64: base64("hello"),
    });
  });
});
