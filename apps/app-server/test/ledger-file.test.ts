import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { appendFile, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startSimulator, text } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { LedgerFile } from "../src/ledger/ledger-file.js";
import { Ledger } from "../src/ledger/ledger.js";
import { done, requestTo } from "./support/ledger-server.js";
import { start } from "./support/program.js";
import { mockProviderToml, temporaryFolder, temporaryHome } from "./support/temporary-home.js";
import { WireClient } from "./support/wire-client.js";

/** What writes its requests to a file, and what it warns of. */
function writer(path: string) {
  const ledger = new Ledger({ clock: Date.now, onMismatch: () => undefined });
  const warnings: string[] = [];
  const file = new LedgerFile(ledger, path, (line) => warnings.push(line));
  onTestFinished(() => file.close());
  return { note: (place: string) => ledger.record(requestTo(place))?.(done), file, warnings };
}

const contents = async (path: string) => readFile(path, "utf8").catch(() => "");

/** Waits until a file names a place. */
async function has(path: string, place: string): Promise<void> {
  await expect.poll(async () => (await contents(path)).includes(place)).toBe(true);
}

/** The places that the whole lines of a text name. Every line must be one. */
function placesIn(lines: string): string[] {
  expect(lines.endsWith("\n")).toBe(true);
  return lines
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line).urlPath);
}

const canLimit = spawnSync("prlimit", ["--version"]).status === 0;

/** What the log of a server looks like that was cut off by a full disk. */
const cutOff = '{"seq":1,"urlPath":"/cu';

describe("the ledger's file", () => {
  it("goes on with a whole line after one that was cut off", async () => {
    const path = join(await temporaryFolder(), "ledger");
    await writeFile(path, cutOff);
    const { note, file } = writer(path);
    note("/a");
    await file.close();
    const [cut, ...whole] = (await contents(path)).split("\n");
    expect(cut).toBe(cutOff);
    expect(placesIn(whole.join("\n"))).toEqual(["/a"]);
  });

  it.runIf(canLimit)("does so after a write that the disk took only a part of", async () => {
    const simulator = await startSimulator({ script: () => text("Hello") });
    onTestFinished(() => simulator.close());
    const home = await temporaryHome(mockProviderToml(simulator.url));
    const path = join(home, "ledger");
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0", "--ledger-file", path], {
      // Without a listener the signal of a limit that is met ends the process.
      env: {
        CODEX_HOME: home,
        MOCK_KEY: "k",
        NODE_OPTIONS: "--import data:text/javascript,process.on(`SIGXFSZ`,()=>{})",
      },
    });
    const limitFiles = (bytes: string) =>
      execFileSync("prlimit", ["--pid", `${program.child.pid}`, `--fsize=${bytes}:`]);
    const [url] = await program.says(/ws:\S+/);
    const client = await WireClient.open(url);
    await client.initialize("codex_vscode");
    const threadId = await client.startThread();
    const turn = () => client.runTurn(threadId, "a");
    limitFiles("100");
    await turn();
    await program.says(/the ledger cannot be written/);
    limitFiles("unlimited");
    await turn();
    await program.says(/the ledger is written again to \S+; 1 left out/);
    const [cut, ...whole] = (await contents(path)).split("\n");
    expect(cut).toHaveLength(100);
    expect(whole.filter((line) => line !== "").map((line) => JSON.parse(line).seq)).toEqual([2]);
  });

  it("goes on when the disk was full for a while, and says how many are missing", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "ledger");
    await symlink("/dev/full", path);
    const { note, file, warnings } = writer(path);
    note("/lost");
    await expect.poll(() => warnings.join()).toContain("the ledger cannot be written");
    await rm(path);
    await writeFile(path, cutOff);
    note("/a");
    await has(path, "/a");
    note("/b");
    await file.close();
    const [cut, ...whole] = (await contents(path)).split("\n");
    expect(cut).toBe(cutOff);
    expect(placesIn(whole.join("\n"))).toEqual(["/a", "/b"]);
    expect(warnings.slice(1)).toEqual([`the ledger is written again to ${path}; 1 left out`]);
  });

  it("is put aside when it is full, once, also with two servers that write to it", async () => {
    const path = join(await temporaryFolder(), "ledger");
    const [one, two] = [writer(path), writer(path)];
    one.note("/one/old");
    await has(path, "/one/old");
    two.note("/two/old");
    await has(path, "/two/old");
    const old = await contents(path);
    // A file with a hole, which is as long but takes no room.
    await truncate(path, 64 * 1024 * 1024);
    await appendFile(path, "\n");
    one.note("/one/new");
    await has(path, "/one/new");
    two.note("/two/new");
    await has(path, "/two/new");
    one.note("/one/newer");
    await one.file.close();
    expect(placesIn(await contents(path))).toEqual(["/one/new", "/two/new", "/one/newer"]);
    expect((await readFile(`${path}.1`)).subarray(0, old.length).toString()).toBe(old);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect([one.warnings, two.warnings]).toEqual([[], []]);
  });

  it.each([
    ["moved", (path: string) => rename(path, `${path}.moved`)],
    ["deleted", (path: string) => rm(path)],
  ])("is made anew when it was %s", async (_, takeAway) => {
    const path = join(await temporaryFolder(), "ledger");
    const { note, file, warnings } = writer(path);
    note("/a");
    await has(path, "/a");
    await takeAway(path);
    note("/b");
    await has(path, "/b");
    note("/c");
    await file.close();
    expect(placesIn(await contents(path))).toEqual(["/b", "/c"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([]);
  });

  it("keeps no more than 4 MiB waiting for a disk that does not take it, and says how many are missing", async () => {
    const path = join(await temporaryFolder(), "ledger");
    // Takes nothing until it is read.
    execFileSync("mkfifo", [path]);
    const { note, file, warnings } = writer(path);
    const long = "x".repeat(10_000);
    for (let index = 0; index < 1_000; index += 1) note(`/${index}/${long}`);
    expect(warnings).toEqual([`the ledger cannot be written to ${path}: the disk is too slow; requests go on`]);
    const reader = createReadStream(path);
    const parts: Buffer[] = [];
    reader.on("data", (part) => parts.push(Buffer.from(part)));
    await file.close();
    await once(reader, "end");
    const written = Buffer.concat(parts).toString();
    const places = placesIn(written);
    // The first was on its way already.
    expect(written.length).toBeLessThan(4 * 1024 * 1024 + 11_000);
    expect(written.length).toBeGreaterThan(4 * 1024 * 1024 - 11_000);
    expect(places).toEqual(Array.from(places, (_, index) => `/${index}/${long}`));
    expect(warnings.slice(1)).toEqual([`the ledger is written again to ${path}; ${1_000 - places.length} left out`]);
  });
});
