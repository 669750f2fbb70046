import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { folderWithUris, testServer } from "./support/exec-server.js";

async function setUp() {
  const { ready } = await testServer();
  const { folder, uri } = await folderWithUris();
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "there"), "x");
  const client = await ready();
  let watchId = 0;
  return {
    client,
    uri,
    at: (path: string) => join(folder, path),
    watch: (missing: readonly string[], present?: string) =>
      client.request("fs/watchMissing", {
        watchId: (watchId += 1),
        missing: missing.map((path) => uri(path)),
        present: present === undefined ? undefined : uri(present),
      }),
    changed: (id: number) => client.notification("fs/missingChanged", (params) => params.watchId === id),
    all: () => client.notifications("fs/missingChanged").map((params) => params.watchId),
  };
}

const yes = { watching: true };
const no = { watching: false };

describe("fs/watchMissing", () => {
  test("tells once when a path comes into being", async () => {
    const { watch, changed, at, all } = await setUp();
    expect(await watch(["sub/a", "sub/b"])).toEqual(yes);
    await writeFile(at("sub/unrelated"), "");
    await pause(200);
    expect(all()).toEqual([]);
    await writeFile(at("sub/b"), "");
    expect(await changed(1)).toEqual({ watchId: 1 });
    await writeFile(at("sub/a"), "");
    await pause(200);
    expect(all()).toEqual([1]);
  });

  test("tells when a folder on the way comes, goes or moves", async () => {
    const { watch, changed, at } = await setUp();
    expect(await watch(["not/yet/there"])).toEqual(yes);
    await mkdir(at("not"));
    await changed(1);
    expect(await watch(["sub/a"])).toEqual(yes);
    await rename(at("sub"), at("elsewhere"));
    await changed(2);
    expect(await watch(["elsewhere/a"])).toEqual(yes);
    await rm(at("elsewhere"), { recursive: true });
    await changed(3);
  });

  test("tells when what was present changes or goes", async () => {
    const { watch, changed, at } = await setUp();
    expect(await watch(["sub/a"], "there")).toEqual(yes);
    await writeFile(at("there"), "changed");
    await changed(1);
    expect(await watch(["sub/a"], "there")).toEqual(yes);
    await rm(at("there"));
    await changed(2);
  });

  test("does not watch what is not as the client thinks", async () => {
    const { watch } = await setUp();
    expect(await watch([])).toEqual(no);
    expect(await watch([], "there")).toEqual(no);
    expect(await watch(["there"])).toEqual(no);
    expect(await watch(["missing", "there"])).toEqual(no);
    expect(await watch(["missing"], "missing too")).toEqual(no);
    expect(await watch(["there/below a file"])).toEqual(no);
    expect(await watch(Array.from({ length: 65 }, (_, index) => `m${index}`))).toEqual(no);
    expect(await watch(Array.from({ length: 64 }, (_, index) => `m${index}`))).toEqual(yes);
  });

  test("has one set of paths, the one with the latest id", async () => {
    const { client, uri, watch, changed, at, all } = await setUp();
    const old = (watchId: number) => client.request("fs/watchMissing", { watchId, missing: [uri("old")] });
    expect(await old(0)).toEqual(no);
    expect(await watch(["first"])).toEqual(yes);
    expect(await watch(["second"])).toEqual(yes);
    expect(await old(2)).toEqual(no);
    await writeFile(at("first"), "");
    await writeFile(at("old"), "");
    await pause(200);
    expect(all()).toEqual([]);
    await writeFile(at("second"), "");
    await changed(2);
    expect(await watch(["third"])).toEqual(yes);
    expect(await watch(["there"])).toEqual(no);
    await writeFile(at("third"), "");
    await pause(200);
    expect(all()).toEqual([2]);
  });

  test.each([
    [{}, "missing field `watchId`"],
    [{ watchId: 1 }, "missing field `missing`"],
    [{ watchId: "1", missing: [] }, 'invalid type: string "1", expected u64'],
    [{ watchId: -1, missing: [] }, "invalid number"],
    [{ watchId: 1, missing: "x" }, 'invalid type: string "x", expected a sequence'],
    [{ watchId: 1, missing: ["/x"] }, "invalid URI: relative URL without a base"],
    [{ watchId: 1, missing: [], present: ["file:///x"] }, "invalid type: sequence, expected a string"],
  ])("refuses %j", async (params, message) => {
    const { client } = await setUp();
    expect(await client.refusal("fs/watchMissing", params)).toEqual([-32602, message]);
  });
});
