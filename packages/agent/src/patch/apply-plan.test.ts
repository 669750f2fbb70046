import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { AppliedPlan } from "./apply-plan.js";
import { applyPlan } from "./apply-plan.js";
import { localPatchFiles } from "./local-files.js";
import { parsePatch } from "./parse-patch.js";
import type { PatchFiles } from "./patch-files.js";
import type { PatchPlan } from "./plan-patch.js";
import { namedPaths, planPatch, reversePlan, touchedPaths } from "./plan-patch.js";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "patch-apply-")));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function plan(...lines: string[]): Promise<PatchPlan> {
  const planned = await tryPlan(...lines);
  if (typeof planned === "string") throw new Error(planned);
  return planned;
}

async function tryPlan(...lines: string[]): Promise<PatchPlan | string> {
  const parsed = parsePatch(["*** Begin Patch", ...lines, "*** End Patch"].join("\n"));
  if (!parsed.ok) return parsed.message;
  const planned = await planPatch(parsed.patch, folder, localPatchFiles());
  return planned.ok ? planned.plan : planned.message;
}

async function apply(...lines: string[]): Promise<AppliedPlan> {
  return applyPlan(await plan(...lines), localPatchFiles());
}

function put(name: string, content: string | Buffer, mode = 0o644): void {
  writeFileSync(join(folder, name), content, { mode });
  chmodSync(join(folder, name), mode);
}

function get(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function names(): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

/** The local files, of which the write or the removal of one path fails as on a full disk. */
function failingAt(name: string, also?: string): PatchFiles {
  const files = localPatchFiles();
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC", errno: -28 }));
  let failed = false;
  const fails = (path: string): boolean => {
    failed ||= path === join(folder, name);
    return path === join(folder, name) || (failed && also !== undefined && path === join(folder, also));
  };
  return {
    ...files,
    write: async (path, node) => (fails(path) ? fail() : files.write(path, node)),
    remove: async (path) => (fails(path) ? fail() : files.remove(path)),
  };
}

const WIDE = [
  "*** Update File: a.txt",
  "-a",
  "+A",
  "*** Add File: new/deep/n.txt",
  "+n",
  "*** Delete File: gone.txt",
  "*** Update File: from.txt",
  "*** Move to: moved/to.txt",
  "-f",
  "+F",
  "*** Update File: z.txt",
  "-z",
  "+Z",
];

describe("a patch that fails half-way", () => {
  beforeEach(() => {
    put("a.txt", "a\n", 0o755);
    put("gone.txt", "g\n", 0o600);
    put("from.txt", "f\n");
    put("z.txt", "z\n");
  });

  it.each(["a.txt", "new/deep/n.txt", "gone.txt", "moved/to.txt", "from.txt", "z.txt"])(
    "leaves everything as it was when %s fails",
    async (name) => {
      const before = names();
      const applied = await applyPlan(await plan(...WIDE), failingAt(name));
      expect(applied).toMatchObject({ ok: false, left: [] });
      const verb = name === "gone.txt" || name === "from.txt" ? "delete" : "write";
      expect(applied).toHaveProperty(
        "message",
        `Failed to ${verb} file ${join(folder, name)}: No space left on device (os error 28)\n${
          name === "a.txt" ? "" : "The files changed before it were put back; nothing of the patch is applied.\n"
        }`,
      );
      expect(names()).toEqual(before);
      expect(["a.txt", "gone.txt", "from.txt", "z.txt"].map(get)).toEqual(["a\n", "g\n", "f\n", "z\n"]);
      expect(statSync(join(folder, "a.txt")).mode & 0o777).toBe(0o755);
      expect(statSync(join(folder, "gone.txt")).mode & 0o777).toBe(0o600);
    },
  );

  it("says which files it could not put back", async () => {
    const applied = await applyPlan(await plan(...WIDE), failingAt("z.txt", "a.txt"));
    expect(applied).toMatchObject({ ok: false, left: [join(folder, "a.txt")] });
    expect(applied).toHaveProperty(
      "message",
      expect.stringContaining(`could not be put back: ${join(folder, "a.txt")}\n`),
    );
    expect(get("a.txt")).toBe("A\n");
    expect(get("from.txt")).toBe("f\n");
  });

  it("leaves no temporary file when the real file system refuses", async () => {
    mkdirSync(join(folder, "d"));
    const made = await plan("*** Update File: a.txt", "-a", "+A", "*** Add File: z.txt/under", "+u");
    const before = names();
    expect(await applyPlan(made, localPatchFiles())).toMatchObject({ ok: false });
    expect(names()).toEqual(before);
    expect(get("a.txt")).toBe("a\n");
  });
});

it("writes nothing when one chunk of several files does not fit", async () => {
  put("a.txt", "a\n");
  put("b.txt", "b\n");
  const message = await tryPlan("*** Update File: a.txt", "-a", "+A", "*** Update File: b.txt", "-x", "+B");
  expect(message).toBe(
    `apply_patch verification failed: Failed to find expected lines in ${join(folder, "b.txt")}:\nx`,
  );
  expect(get("a.txt")).toBe("a\n");
});

it("refuses when a file has changed since it was planned", async () => {
  put("a.txt", "a\n");
  put("b.txt", "b\n");
  const made = await plan("*** Update File: b.txt", "-b", "+B", "*** Update File: a.txt", "-a", "+A");
  put("a.txt", "someone else's\n");
  expect(await applyPlan(made, localPatchFiles())).toMatchObject({ ok: false, left: [] });
  expect(get("b.txt")).toBe("b\n");
  expect(get("a.txt")).toBe("someone else's\n");
});

it("refuses to add a file that appeared since it was planned", async () => {
  const made = await plan("*** Add File: a.txt", "+A");
  put("a.txt", "a\n");
  expect(await applyPlan(made, localPatchFiles())).toMatchObject({ ok: false });
  expect(get("a.txt")).toBe("a\n");
});

it("names every path before anything is written", async () => {
  put("a.txt", "a\n");
  put("d.txt", "d\n");
  symlinkSync("a.txt", join(folder, "link"));
  const made = await plan(
    "*** Update File: link",
    "*** Move to: ../outside/x.txt",
    "-a",
    "+A",
    "*** Delete File: ./q/../d.txt",
    "*** Add File: /somewhere/new.txt",
    "+n",
  );
  expect([...touchedPaths(made)].sort()).toEqual(
    [join(folder, "link"), join(folder, "../outside/x.txt"), join(folder, "d.txt"), "/somewhere/new.txt"].sort(),
  );
  expect(names()).toEqual(["a.txt", "d.txt", "link"]);
});

it("names the paths of a patch that was only read", () => {
  const parsed = parsePatch(
    "*** Begin Patch\n*** Update File: ../a\n*** Move to: b/./c\n-x\n*** Delete File: /d/../e\n*** End Patch",
  );
  expect(parsed.ok && namedPaths(parsed.patch, "/x/y")).toEqual(["/x/a", "/x/y/b/c", "/e"]);
});

it("names where a link leads", async () => {
  mkdirSync(join(folder, "real"));
  put("real/a.txt", "a\n");
  symlinkSync("real", join(folder, "folder"));
  symlinkSync(join(folder, "real/b.txt"), join(folder, "dangling"));
  const made = await plan("*** Update File: folder/a.txt", "-a", "+A", "*** Add File: dangling", "+b");
  expect(touchedPaths(made)).toEqual(
    expect.arrayContaining(["folder/a.txt", "real/a.txt", "dangling", "real/b.txt"].map((name) => join(folder, name))),
  );
});

it("does not write through a link that was put there after planning", async () => {
  put("victim.txt", "v\n");
  const made = await plan("*** Add File: a.txt", "+A");
  const files = localPatchFiles();
  const racing: PatchFiles = {
    ...files,
    write: async (path, node) => {
      symlinkSync("victim.txt", path);
      return files.write(path, node);
    },
  };
  expect(await applyPlan(made, racing)).toMatchObject({ ok: true });
  expect(get("victim.txt")).toBe("v\n");
  expect(lstatSync(join(folder, "a.txt")).isFile()).toBe(true);
});

describe("taking a patch back", () => {
  async function thereAndBack(...lines: string[]): Promise<void> {
    const made = await plan(...lines);
    const applied = await applyPlan(made, localPatchFiles());
    if (!applied.ok) throw new Error(applied.message);
    expect(await applyPlan(reversePlan(made, applied.folders), localPatchFiles())).toMatchObject({ ok: true });
  }

  it("makes links again", async () => {
    put("real.txt", "r\n");
    symlinkSync("real.txt", join(folder, "link"));
    await thereAndBack("*** Delete File: link");
    expect(readlinkSync(join(folder, "link"))).toBe("real.txt");
    await thereAndBack("*** Update File: link", "*** Move to: m.txt", "-r", "+R");
    expect(readlinkSync(join(folder, "link"))).toBe("real.txt");
    expect(existsSync(join(folder, "m.txt"))).toBe(false);
  });

  it("restores what was not text", async () => {
    put("a.bin", Buffer.from([0, 255, 10]));
    await thereAndBack("*** Add File: a.bin", "+text");
    expect(readFileSync(join(folder, "a.bin"))).toEqual(Buffer.from([0, 255, 10]));
  });

  it("takes away the folders it made, and only those", async () => {
    mkdirSync(join(folder, "empty"));
    await thereAndBack("*** Add File: empty/x/y/z.txt", "+1", "*** Add File: new/z.txt", "+1");
    expect(names()).toEqual(["empty"]);
  });

  it("puts a file back where a folder had to be made", async () => {
    put("a", "a\n");
    await thereAndBack("*** Delete File: a", "*** Add File: a/b", "+b");
    expect(get("a")).toBe("a\n");
  });

  it("leaves a folder that has something else in it now", async () => {
    const made = await plan("*** Add File: new/z.txt", "+1");
    const applied = await applyPlan(made, localPatchFiles());
    put("new/mine.txt", "m\n");
    await applyPlan(reversePlan(made, applied.ok ? applied.folders : []), localPatchFiles());
    expect(names()).toEqual(["new", "new/mine.txt"]);
  });
});

it("keeps special permission bits, and gives a new file what the umask leaves", async () => {
  put("a.sh", "a\n", 0o2750);
  await apply("*** Update File: a.sh", "-a", "+A", "*** Add File: n.txt", "+n");
  expect(statSync(join(folder, "a.sh")).mode & 0o7777).toBe(0o2750);
  expect(statSync(join(folder, "n.txt")).mode & 0o777).toBe(0o666 & ~process.umask());
});

it("leaves nothing behind when a folder has come in the place of a file", async () => {
  put("a.txt", "a\n");
  const files = localPatchFiles();
  mkdirSync(join(folder, "d"));
  const node = { type: "file", content: Buffer.from("d"), mode: undefined } as const;
  await expect(files.write(join(folder, "d"), node)).rejects.toThrow("EISDIR");
  expect(names()).toEqual(["a.txt", "d"]);
});

it("refuses what is neither a file nor a link without opening it", async () => {
  expect(await tryPlan("*** Update File: /dev/zero", "-a", "+b")).toBe(
    "apply_patch verification failed: Failed to read file to update /dev/zero: path `/dev/zero` is not a file",
  );
});

it("refuses names no file can have", async () => {
  expect(await tryPlan("*** Add File: a\0b", "+x")).toMatch(/^apply_patch verification failed: Failed to write file /u);
  expect(await tryPlan(`*** Delete File: ${"n".repeat(300)}`)).toMatch(/Filename too long \(os error 36\)$/u);
});

it("changes a few lines of 5,000 and no other byte", async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} ${index % 7 === 0 ? "\t " : "x"}\r\n`);
  put("big.txt", lines.join(""));
  await apply(
    "*** Update File: big.txt",
    "@@ line 100 x",
    "-line 4000 x",
    "+new",
    "@@",
    " line 4998",
    "-line 4999 x",
    "*** End of File",
  );
  lines[4000] = "new\r\n";
  lines.pop();
  expect(get("big.txt")).toBe(lines.join(""));
});
