import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { isSandboxDenial } from "../src/commands/index.js";
import type { Sandbox } from "../src/sandbox/index.js";
import { folder, node, quoted, restricted, run } from "./support/commands.js";

/** Where an attempt takes place. */
interface Place {
  /** The command's folder, writable in one of the modes, with a repository and a protected home in it. */
  readonly work: string;
  /** A folder that no sandbox opens. */
  readonly outside: string;
}

/** Something that a command must not be able to do. */
interface Attempt {
  /** Gets everything ready, and gives the shell script that tries it. */
  readonly prepare: (place: Place) => string | Promise<string>;
  /** Whether it came true, by what is to be seen from outside; without it, whether the script succeeded. */
  readonly happened?: (place: Place) => boolean;
  /** It fails like something that is not there, because other processes do not exist in a sandbox. */
  readonly isQuiet?: boolean;
  /** What the machine must have for it. */
  readonly needs?: boolean;
}

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const isRoot = process.getuid?.() === 0;

const content = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8").trim() : "");
const victimChanged = ({ outside }: Place): boolean => content(join(outside, "victim")) !== "safe";
const reads =
  (path: string) =>
  ({ work }: Place): boolean =>
    content(join(work, path)) === "x";

/** A local server, and whether somebody reached it. */
async function listener(path: string | undefined): Promise<{ port: number; reached: () => boolean }> {
  let isReached = false;
  const server = createServer((socket) => {
    isReached = true;
    socket.end("hi").on("error", () => {});
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  return { port: typeof address === "object" ? (address?.port ?? 0) : 0, reached: () => isReached };
}

const connect = (to: string): string =>
  node(`require("net").connect(${to}).on("data", () => process.exit(0)).on("error", (e) => { throw e; })`);

function unixSocket(path: (place: Place) => string): Attempt {
  let reached = (): boolean => false;
  return {
    async prepare(place) {
      ({ reached } = await listener(path(place)));
      return connect(JSON.stringify({ path: path(place) }));
    },
    happened: () => reached(),
  };
}

function tcp(): Attempt {
  let reached = (): boolean => false;
  return {
    async prepare() {
      const server = await listener(undefined);
      ({ reached } = server);
      return connect(`{ port: ${server.port}, host: "127.0.0.1" }`);
    },
    happened: () => reached(),
  };
}

function udp(): Attempt {
  let isReached = false;
  return {
    async prepare() {
      isReached = false;
      const socket = createSocket("udp4").on("message", (_message, from) => {
        isReached = true;
        socket.send("hi", from.port, from.address);
      });
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      onTestFinished(() => new Promise((resolve) => socket.close(() => resolve())));
      return node(`
        const socket = require("dgram").createSocket("udp4").on("message", () => process.exit(0));
        socket.on("error", (e) => { throw e; });
        socket.send("hi", ${socket.address().port}, "127.0.0.1", (e) => { if (e) throw e; });
      `);
    },
    happened: () => isReached,
  };
}

const write = (path: string): string => `echo x > ${quoted(path)}`;

/** How a script asks the system for a call that no program makes: perl is there wherever git is. */
const call = (x64: number, arm64: number, rest: string): string =>
  `perl -e 'my $r = syscall(${process.arch === "arm64" ? arm64 : x64}, ${rest}); if ($r < 0) { print STDERR "$!\\n"; exit 1 }'`;

const attempts: Readonly<Record<string, Attempt>> = {
  "a write outside": { prepare: ({ outside }) => write(join(outside, "victim")), happened: victimChanged },
  "a new file outside": {
    prepare: ({ outside }) => write(join(outside, "new")),
    happened: ({ outside }) => existsSync(join(outside, "new")),
  },
  "a removal outside": { prepare: ({ outside }) => `rm ${quoted(join(outside, "victim"))}`, happened: victimChanged },
  "a rename outside": {
    prepare: ({ outside }) => `mv ${quoted(outside)}/victim ${quoted(outside)}/other`,
    happened: victimChanged,
  },
  "a write into .git": { prepare: () => write(".git/config"), happened: reads(".git/config") },
  "a hook in .git": { prepare: () => write(".git/hooks/pre-commit"), happened: reads(".git/hooks/pre-commit") },
  "another .git in its place": {
    prepare: () => "mv .git old && mkdir .git && echo x > .git/config",
    happened: reads(".git/config"),
  },
  "a .codex where none was": {
    prepare: () => "mkdir -p .codex && echo x > .codex/config.toml",
    happened: reads(".codex/config.toml"),
  },
  "a .codex that is a link": {
    prepare: ({ outside }) => `rm -rf .codex; ln -s ${quoted(outside)} .codex && readlink .codex`,
    happened: ({ work }) => existsSync(join(work, ".codex/victim")),
  },
  "a change to config.toml": {
    prepare: () => write("deep/home/config.toml"),
    happened: reads("deep/home/config.toml"),
  },
  "a config.toml by another name for its folder": {
    prepare: () => "mv deep deep2 && mkdir -p deep/home && echo x > deep/home/config.toml",
    happened: reads("deep/home/config.toml"),
  },
  "a protected place below folders that do not exist": {
    prepare: () => "mkdir -p a/b/c && echo x > a/b/c/config.toml",
    happened: reads("a/b/c/config.toml"),
  },
  "another folder on the way to a protected place": {
    prepare: () => "mv a a2; mkdir -p a/b/c && echo x > a/b/c/config.toml",
    happened: reads("a/b/c/config.toml"),
  },
  "a link to outside that is there": {
    prepare({ work, outside }) {
      symlinkSync(outside, join(work, "link"));
      return write("link/victim");
    },
    happened: victimChanged,
  },
  "a link to outside that it makes": {
    prepare: ({ outside }) => `ln -s ${quoted(outside)} made; echo x > made/victim`,
    happened: victimChanged,
  },
  "a folder that becomes a link while it runs": {
    prepare: ({ outside }) =>
      node(`
        const fs = require("fs");
        fs.mkdirSync("d");
        const dir = fs.openSync("d", "r");
        fs.renameSync("d", "e");
        fs.symlinkSync(${JSON.stringify(outside)}, "d");
        fs.writeFileSync("d/victim", "x");
      `),
    happened: victimChanged,
  },
  "/proc/self/root": {
    prepare: ({ outside }) => write(`/proc/self/root${outside}/victim`),
    happened: victimChanged,
  },
  "/proc/PID/root of others": {
    prepare: ({ outside }) => `for pid in 1 $PPID $$; do echo x > /proc/$pid/root${quoted(outside)}/victim; done`,
    happened: victimChanged,
  },
  "/proc/*/fd of its own, opened again for writing": {
    prepare: ({ outside }) => `exec 3< ${quoted(join(outside, "victim"))}; echo x > /proc/self/fd/3`,
    happened: victimChanged,
  },
  "/proc/*/fd of another process": {
    prepare({ outside }) {
      const fd = openSync(join(outside, "victim"), "r+");
      onTestFinished(() => closeSync(fd));
      return write(`/proc/${process.pid}/fd/${fd}`);
    },
    happened: victimChanged,
    isQuiet: true,
  },
  "a hard link to outside": {
    prepare: ({ outside }) => `ln ${quoted(join(outside, "victim"))} hard && echo x > hard`,
    happened: victimChanged,
  },
  "a hard link into .git": { prepare: () => "ln .git/config hard && echo x > hard", happened: reads(".git/config") },
  "a mount": { prepare: () => "mkdir -p m; mount -t tmpfs none m && umount m", needs: isRoot && has("mount") },
  "a user namespace": { prepare: () => "unshare -U true", needs: isRoot && has("unshare") },
  "a setting of the kernel": {
    prepare: () => node(`require("fs").openSync("/proc/sys/kernel/core_pattern", "r+")`),
    needs: isRoot,
  },
  "a signal to another process": {
    prepare() {
      const child = spawn("sleep", ["60"], { stdio: "ignore" });
      onTestFinished(() => void child.kill("SIGKILL"));
      return `kill -0 ${child.pid}`;
    },
    isQuiet: true,
  },
  ptrace: { prepare: () => call(101, 117, "0, 0, 0, 0"), needs: has("perl") },
  keyctl: { prepare: () => call(250, 219, "0, -3, 0"), needs: has("perl") },
  TCP: tcp(),
  UDP: udp(),
  "a unix socket outside": unixSocket(({ outside }) => join(outside, "s")),
  "a unix socket in its folder": unixSocket(({ work }) => join(work, "s")),
  "an abstract socket": unixSocket(({ work }) => `\0${work}`),
  "a listener": {
    prepare: () =>
      node(
        `require("net").createServer().on("error", (e) => { throw e; }).listen(0, "127.0.0.1", () => process.exit(0))`,
      ),
  },
  "datagrams from a pair of sockets to a path": {
    async prepare({ outside }) {
      const { reached } = await listener(join(outside, "s"));
      expect(reached()).toBe(false);
      return `perl -MSocket -e 'socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) or (print STDERR "$!\\n" and exit 1)'`;
    },
    needs: has("perl"),
  },
};

async function newPlace(): Promise<Place> {
  const base = await folder();
  const [work, outside] = [join(base, "work"), join(base, "outside")];
  for (const path of ["work/.git/hooks", "work/deep/home", "outside"]) mkdirSync(join(base, path), { recursive: true });
  writeFileSync(join(outside, "victim"), "safe\n");
  writeFileSync(join(work, ".git/config"), "safe\n");
  writeFileSync(join(work, "deep/home/config.toml"), "safe\n");
  return { work, outside };
}

const protectedPaths = [".git", ".codex", "deep/home", "a/b/c"];
const modes: ReadonlyArray<readonly [name: string, sandbox: (place: Place) => Sandbox]> = [
  ["read-only", () => restricted([])],
  [
    "workspace-write",
    ({ work }) => restricted([{ path: work, readOnly: protectedPaths.map((path) => join(work, path)) }]),
  ],
  ["no sandbox", () => ({ kind: "none" })],
];

describe.runIf(process.platform === "linux").each(modes)("%s", (mode, sandboxOf) => {
  for (const [name, attempt] of Object.entries(attempts)) {
    const { prepare, happened, needs = true } = attempt;
    // Where there is no sandbox the same attempt succeeds, or it would prove nothing.
    test.runIf(needs)(`${mode === "no sandbox" ? "possible" : "denied"}: ${name}`, async () => {
      const where = await newPlace();
      const sandbox = sandboxOf(where);
      const script = await prepare(where);
      const { exitCode, output } = await run(script, { cwd: where.work, sandbox });
      const succeeded = happened?.(where) ?? exitCode === 0;
      expect({ succeeded, exitCode, output }).toMatchObject({ succeeded: sandbox.kind === "none" });
      if (sandbox.kind === "none") return;
      expect(existsSync(join(where.work, ".codex"))).toBe(false);
      const { isQuiet = false } = attempt;
      expect({ output, isReported: isSandboxDenial(sandbox, exitCode, output) || isQuiet }).toMatchObject({
        isReported: true,
      });
    });
  }
});
