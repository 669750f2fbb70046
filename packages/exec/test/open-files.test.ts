import { readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { ExecClient } from "./support/exec-client.js";
import { folderWithUris, testServer } from "./support/exec-server.js";

async function setUp() {
  const { ready } = await testServer();
  const { folder, uri } = await folderWithUris();
  await writeFile(join(folder, "a.txt"), "hello");
  return { ready, client: await ready(), folder, uri };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const open = (client: ExecClient, handleId: string, path: string, mode?: string) =>
  client.call("fs/open", { handleId, path, mode });
const unknown = (handleId: string) => [-32004, `unknown file handle \`${handleId}\``];

/** How many descriptors of this process lead into a folder. */
async function openFilesIn(folder: string): Promise<number> {
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  return links.filter((link) => link.startsWith(folder)).length;
}

describe("reading in blocks", () => {
  test("gives bytes from anywhere, and the end", async () => {
    const { client, uri } = await setUp();
    expect((await open(client, "h", uri("a.txt"))).result).toEqual({ handleId: "h" });
    const read = (offset: number, len: number) => client.request("fs/readBlock", { handleId: "h", offset, len });
    expect(await read(0, 2)).toEqual({ chunk: base64("he"), eof: false });
    expect(await read(3, 2)).toEqual({ chunk: base64("lo"), eof: false });
    expect(await read(0, 5)).toEqual({ chunk: base64("hello"), eof: false });
    expect(await read(0, 1_048_576)).toEqual({ chunk: base64("hello"), eof: true });
    expect(await read(500, 1)).toEqual({ chunk: "", eof: true });
    expect(await client.request("fs/close", { handleId: "h" })).toEqual({});
    expect(await client.request("fs/close", { handleId: "h" })).toEqual({});
    expect(await client.refusal("fs/readBlock", { handleId: "h", offset: 0, len: 1 })).toEqual(unknown("h"));
  });

  test("goes on with a file that was changed or removed", async () => {
    const { client, folder, uri } = await setUp();
    await open(client, "h", uri("a.txt"));
    await writeFile(join(folder, "a.txt"), "HELLO WORLD");
    await rm(join(folder, "a.txt"));
    expect(await client.request("fs/readBlock", { handleId: "h", offset: 0, len: 20 })).toEqual({
      chunk: base64("HELLO WORLD"),
      eof: true,
    });
  });

  test.each([0, 1_048_577])("refuses the length %i", async (len) => {
    const { client, uri } = await setUp();
    await open(client, "h", uri("a.txt"));
    const message = "file read block length must be between 1 and 1048576";
    expect(await client.refusal("fs/readBlock", { handleId: "h", offset: 0, len })).toEqual([-32600, message]);
    expect(await client.refusal("fs/readBlock", { handleId: "?", offset: 0, len })).toEqual([-32600, message]);
  });

  test.each([
    [{}, "missing field `handleId`"],
    [{ handleId: "h" }, "missing field `offset`"],
    [{ handleId: "h", offset: 0 }, "missing field `len`"],
    [{ handleId: "h", offset: -1, len: 1 }, "invalid number"],
    [{ handleId: "h", offset: 0.5, len: 1 }, "invalid number"],
    [{ handleId: "h", offset: "0", len: 1 }, 'invalid type: string "0", expected u64'],
    [{ handleId: "h", offset: 0, len: null }, "invalid type: null, expected usize"],
  ])("refuses %j", async (params, message) => {
    const { client } = await setUp();
    expect(await client.refusal("fs/readBlock", params)).toEqual([-32602, message]);
  });
});

describe("writing in blocks", () => {
  test("replaces a file at once and puts bytes anywhere", async () => {
    const { client, folder, uri } = await setUp();
    await open(client, "h", uri("a.txt"), "replace");
    const write = (offset: number, text: string) =>
      client.request("fs/writeBlock", { handleId: "h", offset, chunk: base64(text) });
    expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("");
    expect(await write(3, "lo")).toEqual({});
    await write(0, "hel");
    await client.request("fs/close", { handleId: "h" });
    expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("hello");
  });

  test("refuses bad blocks", async () => {
    const { client, uri } = await setUp();
    await open(client, "h", uri("new"), "replace");
    const refusal = (chunk: unknown) => client.refusal("fs/writeBlock", { handleId: "h", offset: 0, chunk });
    const tooLong = [-32600, "file write block length must be between 1 and 1048576"];
    expect(await refusal("")).toEqual(tooLong);
    expect(await refusal(Buffer.alloc(1_048_577).toString("base64"))).toEqual(tooLong);
    expect(await refusal("aGk")).toEqual([-32602, "Invalid padding"]);
    expect(await refusal(5)).toEqual([-32602, "invalid type: number, expected a string"]);
    expect((await client.call("fs/writeBlock", { handleId: "h", offset: 0, chunk: base64("ok") })).result).toEqual({});
  });

  test("a handle that failed is closed", async () => {
    const { client, uri } = await setUp();
    await open(client, "r", uri("a.txt"));
    await open(client, "w", uri("new"), "replace");
    const badFile = [-32603, "Bad file descriptor (os error 9)"];
    expect(await client.refusal("fs/writeBlock", { handleId: "r", offset: 0, chunk: base64("x") })).toEqual(badFile);
    expect(await client.refusal("fs/readBlock", { handleId: "w", offset: 0, len: 1 })).toEqual(badFile);
    expect(await client.refusal("fs/readBlock", { handleId: "r", offset: 0, len: 1 })).toEqual(unknown("r"));
    expect((await open(client, "r", uri("a.txt"))).result).toEqual({ handleId: "r" });
  });
});

describe("a handle", () => {
  test("is refused with a reason", async () => {
    const { client, folder, uri } = await setUp();
    const refusal = async (handleId: string, path: string, mode?: string) =>
      (await open(client, handleId, path, mode)).error;
    await open(client, "taken", uri("a.txt"));
    expect(await refusal("taken", uri("new"), "replace")).toEqual({
      code: -32600,
      message: "file handle `taken` already exists",
    });
    expect(await readdir(folder)).toEqual(["a.txt"]);
    expect(await refusal("é".repeat(17), uri("a.txt"))).toEqual({
      code: -32600,
      message: "file handle ID must not exceed 32 bytes",
    });
    expect(await refusal("x", uri("missing"))).toMatchObject({ code: -32004 });
    expect(await refusal("x", uri("missing/new"), "replace")).toMatchObject({ code: -32004 });
    expect(await refusal("x", uri())).toMatchObject({
      code: -32600,
      message: expect.stringContaining("is not a file"),
    });
    expect(await refusal("x", uri(), "replace")).toMatchObject({ code: -32603 });
    expect(await refusal("x", uri("a.txt"), "append")).toEqual({
      code: -32602,
      message: "unknown variant `append`, expected `read` or `replace`",
    });
    expect((await open(client, "x".repeat(32), uri("a.txt"))).result).toBeDefined();
    expect((await open(client, "", uri("a.txt"))).result).toBeDefined();
  });

  test("is one of at most 128, each of one connection, and closed with it", async () => {
    const { ready, client, folder, uri } = await setUp();
    for (let count = 0; count < 128; count += 1) await open(client, `${count}`, uri("a.txt"));
    expect((await open(client, "129th", uri("a.txt"))).error).toEqual({
      code: -32600,
      message: "at most 128 file handles may be open per connection",
    });
    const other = await ready();
    expect(await other.refusal("fs/readBlock", { handleId: "0", offset: 0, len: 1 })).toEqual(unknown("0"));
    expect(await openFilesIn(folder)).toBe(128);
    client.socket.terminate();
    await expect.poll(() => openFilesIn(folder)).toBe(0);
  });
});
