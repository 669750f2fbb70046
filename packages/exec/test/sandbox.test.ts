import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { isSandboxDenial, startCommand } from "../src/commands/index.js";
import { probeSandbox, type Sandbox } from "../src/sandbox/index.js";
import { env, folder, node, quoted, restricted, run, start } from "./support/commands.js";

const registry = join(tmpdir(), `switchboard-sandbox-${userInfo().uid}`);
const workspace = (work: string, ...readOnly: string[]): Sandbox =>
  restricted([{ path: work, readOnly: readOnly.map((path) => join(work, path)) }]);

describe.runIf(process.platform === "linux")("what goes on working", () => {
  const scripts: ReadonlyArray<[name: string, script: string, output: RegExp]> = [
    ["writing in its folder", "mkdir -p a/b && echo x > a/b/c && mv a d && cat d/b/c && rm -r d", /^x\n$/],
    [
      "node with child processes",
      node(`
      const { execSync, fork } = require("child_process");
      require("fs").writeFileSync("child.js", "process.send('hi')");
      console.log(execSync("echo one | cat").toString().trim());
      fork("./child.js").on("message", (text) => console.log(text));
    `),
      /^one\nhi\n$/,
    ],
    [
      "worker threads",
      node(`
      new (require("worker_threads").Worker)("require('worker_threads').parentPort.postMessage(1)", { eval: true })
        .on("message", console.log);
    `),
      /^1\n$/,
    ],
    ["pipes", "printf 'b\\na\\n' | sort | head -n 1 && cat < /dev/null && echo x > /dev/null", /^a\n$/],
    ["background jobs", "sleep 0 & wait $! && echo done", /^done\n$/],
    ["here documents", "cat <<X\nhi\nX\n", /^hi\n$/],
    [
      "a temporary folder of its own",
      'mkdir tmp && export TMPDIR="$PWD/tmp" && f=$(mktemp) && echo x > "$f" && cat "$f"',
      /^x\n$/,
    ],
    ["reading elsewhere", "head -n 1 /etc/passwd", /^root:/],
    ["random numbers and time", "head -c 4 /dev/urandom | wc -c && date +%Y", /^4\n\d{4}\n$/],
    ["its own processes only", "ls /proc | grep -c '^[0-9]'", /^[1-9]\n$/],
  ];
  test.each(scripts)("%s", async (_name, script, output) => {
    const work = await folder();
    const result = await run(script, { cwd: work, sandbox: workspace(work, ".git", ".codex") });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.output).toMatch(output);
  });

  test("git reads, and does not commit", async () => {
    const work = await folder();
    spawnSync("git", ["init", "-q", "."], { cwd: work });
    writeFileSync(join(work, "f"), "x");
    const sandbox = workspace(work, ".git", ".codex");
    const status = await run("git status --short", { cwd: work, sandbox });
    expect(status).toMatchObject({ exitCode: 0, output: "?? f\n" });
    const commit = await run("git add f && git -c user.name=a -c user.email=b commit -m x", { cwd: work, sandbox });
    expect(commit.exitCode).not.toBe(0);
    expect(isSandboxDenial(sandbox, commit.exitCode, commit.output)).toBe(true);
  });

  test.runIf(spawnSync("sh", ["-c", "command -v cc make python3"]).status === 0)("compilers and python", async () => {
    const work = await folder();
    writeFileSync(join(work, "a.c"), '#include <stdio.h>\nint main(void) { return puts("hi") < 0; }\n');
    writeFileSync(
      join(work, "Makefile"),
      "all: a b\n\t./a\na: a.c\n\tcc -o a a.c\nb:\n\tpython3 -c 'import subprocess; subprocess.run([\"true\"])'\n",
    );
    const made = await run("make -s -j2", { cwd: work, sandbox: workspace(work, ".git") });
    expect(made).toMatchObject({ exitCode: 0, output: "hi\n" });
  });

  test("a terminal: its size, /dev/tty, ^C and exit codes", async () => {
    const work = await folder();
    const tty = { rows: 30, columns: 100 };
    const sandbox = workspace(work, ".git");
    const size = await run("stty size; test -t 0 && echo hi > /dev/tty; exit 7", { cwd: work, tty, sandbox });
    expect(size).toEqual({ exitCode: 7, signal: null, output: "30 100\r\nhi\r\n" });
    const trapped = await start("trap 'echo got; exit 5' INT; echo ready; while :; do sleep 0.05; done", {
      tty,
      sandbox,
    });
    await trapped.until("ready");
    await trapped.command.write(Buffer.from("\u0003"));
    expect(await trapped.command.exited).toEqual({ exitCode: 5, signal: null });
    const interrupted = await start("trap 'echo got; exit 6' INT; echo ready; while :; do sleep 0.05; done", {
      tty,
      sandbox,
    });
    await interrupted.until("ready");
    interrupted.command.interrupt();
    expect(await interrupted.command.exited).toEqual({ exitCode: 6, signal: null });
    expect(await run("kill -SEGV $$", { tty, sandbox })).toMatchObject({ exitCode: 139, output: "" });
    const stopped = await run("kill -TSTP $$; echo never", { tty, sandbox });
    expect(stopped).toMatchObject({ exitCode: 148, output: "" });
  });

  test("an interrupt reaches a command on pipes, not its sandbox", async () => {
    const { command, until } = await start("trap 'echo got; exit 5' INT; echo ready; while :; do sleep 0.05; done", {
      sandbox: restricted([]),
    });
    await until("ready");
    command.interrupt();
    expect(await command.exited).toEqual({ exitCode: 5, signal: null });
  });

  test("with the network, servers can be reached", async () => {
    const { exitCode, output } = await run(
      node(`
        const server = require("net").createServer((s) => s.end("hi")).listen(0, "127.0.0.1", () =>
          require("net").connect(server.address().port, "127.0.0.1").on("data", (d) => { console.log(String(d)); process.exit(0); }));
      `),
      { sandbox: { kind: "restricted", writableRoots: [], network: true, unreadable: [] } },
    );
    expect([exitCode, output]).toEqual([0, "hi\n"]);
  });
});

describe.runIf(process.platform === "linux")("which paths", () => {
  test("unreadable files and folders, also by links and other ways to them", async () => {
    const base = await folder();
    mkdirSync(join(base, "secret/open"), { recursive: true });
    writeFileSync(join(base, "secret/key"), "SECRET");
    writeFileSync(join(base, "token"), "SECRET");
    symlinkSync(join(base, "secret"), join(base, "link"));
    const roots = [
      { path: base, readOnly: [] },
      { path: join(base, "secret/open"), readOnly: [] },
    ];
    for (const sandbox of [
      restricted([], [join(base, "link"), join(base, "token"), "/nothing"]),
      restricted(roots, [join(base, "secret"), join(base, "token")]),
    ]) {
      const { output } = await run(
        "cat token; cat secret/key; cat link/key; ls secret link/; cat /proc/1/root$PWD/token; mv secret s2; cat s2/key; ln token t; cat t",
        { cwd: base, sandbox },
      );
      expect(output).not.toContain("SECRET");
      expect(output).toMatch(/permission denied/i);
    }
    const both = restricted([{ path: base, readOnly: [join(base, "secret/key")] }], [join(base, "secret")]);
    expect((await run("cat secret/key", { cwd: base, sandbox: both })).output).not.toContain("SECRET");
    const inside = await run("echo x > secret/open/f && cat secret/open/f", {
      cwd: base,
      sandbox: restricted(roots, [join(base, "secret")]),
    });
    expect(inside).toMatchObject({ exitCode: 0, output: "x\n" });
  });

  test("roots in roots, in any order; what is missing is skipped; what is named twice is not writable", async () => {
    const base = await folder();
    for (const path of ["work/sub/ro/rw", "work/both"]) mkdirSync(join(base, path), { recursive: true });
    const roots = ["work/sub/ro/rw", "missing", "work", "work/both"].map((path) => ({
      path: join(base, path),
      readOnly: path === "work" ? [join(base, "work/sub/ro"), join(base, "work/both")] : [],
    }));
    for (const writableRoots of [roots, roots.toReversed()]) {
      const { output } = await run(
        "for d in work work/sub work/sub/ro work/sub/ro/rw work/both missing; do (echo x > $d/f) 2>/dev/null && echo $d; done; mv work/sub w 2>/dev/null && echo moved",
        { cwd: base, sandbox: restricted(writableRoots) },
      );
      expect(output).toBe("work\nwork/sub\nwork/sub/ro/rw\n");
    }
  });

  test("a root that a command made a link of does not open what it leads to", async () => {
    const base = await folder();
    mkdirSync(join(base, "work"));
    mkdirSync(join(base, "outside"));
    const sandbox = restricted(["work", "work/out"].map((path) => ({ path: join(base, path), readOnly: [] })));
    expect(await run("ln -s ../outside work/out", { cwd: base, sandbox })).toMatchObject({ exitCode: 0 });
    expect((await run("echo x > work/out/f", { cwd: base, sandbox })).exitCode).not.toBe(0);
    expect(readdirSync(join(base, "outside"))).toEqual([]);
  });

  test("a root by a link outside of all roots is the folder it leads to", async () => {
    const base = await folder();
    mkdirSync(join(base, "real"));
    symlinkSync("real", join(base, "name"));
    const sandbox = restricted([{ path: join(base, "name"), readOnly: [join(base, "name/.git")] }]);
    const { output } = await run("mkdir .git/x; echo x > f && cat f", { cwd: join(base, "name"), sandbox });
    expect(output).toMatch(/exist|cannot create|read-only/i);
    expect(readdirSync(join(base, "real"))).toEqual(["f"]);
  });

  test("a protected link stays, and what it leads to", async () => {
    const base = await folder();
    for (const path of ["work/sub", "work/store", "outside"]) mkdirSync(join(base, path), { recursive: true });
    writeFileSync(join(base, "work/file"), "");
    symlinkSync("store/git", join(base, "work/.git"));
    symlinkSync(join(base, "outside"), join(base, "work/.codex"));
    const sandbox = workspace(join(base, "work"), ".git", ".codex");
    const script =
      "rm .git; rm .codex; mv .codex x; mkdir store/git; echo x > store/git/config; echo x > .codex/f; echo y > file && echo z > sub/f && cat file sub/f";
    const { output } = await run(script, { cwd: join(base, "work"), sandbox });
    expect(output).toMatch(/y\nz\n$/);
    expect(realpathSync(join(base, "work/.codex"))).toBe(join(base, "outside"));
    expect(readdirSync(join(base, "outside"))).toEqual([]);
    expect(readdirSync(join(base, "work/store"))).toEqual([]);
    expect(readdirSync(join(base, "work")).sort()).toEqual([".codex", ".git", "file", "store", "sub"]);
  });

  test("what holds a place goes with the last command that needs it, and not before", async () => {
    const work = await folder();
    const sandbox = workspace(work, ".codex", "a/.codex");
    const first = await start("echo ready; read x", { cwd: work, sandbox, stdin: "pipe" });
    const second = await start("echo ready; read x; mkdir -p .codex; echo x > .codex/f; echo x > a/.codex/f; exit 3", {
      cwd: work,
      sandbox,
      stdin: "pipe",
    });
    await Promise.all([first.until("ready"), second.until("ready")]);
    first.command.closeStdin();
    await first.command.closed;
    expect(existsSync(join(work, ".codex"))).toBe(true);
    second.command.closeStdin();
    expect(await second.command.exited).toMatchObject({ exitCode: 3 });
    await second.command.closed;
    expect(readdirSync(work)).toEqual([]);
  });

  test("what a process that died left behind goes with the next command", async () => {
    const work = await folder();
    const script = `
      import { startCommand } from ${JSON.stringify(new URL("../dist/commands/index.js", import.meta.url).href)};
      await startCommand({ argv: ["sh", "-c", "echo; exec sleep 60"], cwd: ${JSON.stringify(work)}, env: process.env,
        stdin: "closed", tty: false, sandbox: ${JSON.stringify(workspace(work, ".codex"))} },
        { output: () => process.kill(process.pid, "SIGKILL") });
    `;
    spawnSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...env, TMPDIR: tmpdir() } });
    expect(readdirSync(work)).toEqual([".codex"]);
    await run("true", { cwd: work, sandbox: workspace(work, ".codex") });
    expect(readdirSync(work)).toEqual([]);
  });

  test("what somebody put there meanwhile stays", async () => {
    const work = await folder();
    const sandbox = workspace(work, ".codex");
    const { command, until } = await start("echo ready; read x; cat .codex/f; echo x > .codex/f", {
      cwd: work,
      sandbox,
      stdin: "pipe",
    });
    await until("ready");
    writeFileSync(join(work, ".codex/f"), "mine");
    command.closeStdin();
    await command.closed;
    expect(readFileSync(join(work, ".codex/f"), "utf8")).toBe("mine");
  });

  test("the notes of who holds what are out of reach", async () => {
    const sandbox = restricted([{ path: tmpdir(), readOnly: [] }]);
    const { exitCode } = await run(
      `mv ${quoted(registry)} ${quoted(`${registry}.x`)} || mkdir ${quoted(join(registry, "x"))}`,
      { sandbox },
    );
    expect(exitCode).not.toBe(0);
    if (existsSync(join(registry, "x"))) rmdirSync(join(registry, "x"));
  });

  test("no file stays behind, also for a terminal", async () => {
    const work = await folder();
    const inTemp = { ...env, TMPDIR: work };
    const script = `
      import { startCommand } from ${JSON.stringify(new URL("../dist/commands/index.js", import.meta.url).href)};
      for (const tty of [false, { rows: 24, columns: 80 }]) {
        const command = await startCommand({ argv: ["true"], cwd: "/", env: process.env, stdin: "closed", tty,
          sandbox: ${JSON.stringify(restricted([]))} }, { output() {} });
        console.log((await command.exited).exitCode);
        await command.closed;
      }
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { env: inTemp });
    expect(stdout.toString()).toBe("0\n0\n");
    expect(readdirSync(work)).toEqual([`switchboard-sandbox-${userInfo().uid}`]);
    expect(readdirSync(join(work, `switchboard-sandbox-${userInfo().uid}`))).toEqual([]);
  });
});

describe("where there is no sandbox", () => {
  test.runIf(process.platform === "linux")("it works here", async () => {
    expect(await probeSandbox(env.PATH)).toEqual({ ok: true });
  });

  test("a command is not started, and the reason says what to do", async () => {
    const work = await folder();
    // The system's own folders come first: a name that lies in them hides nothing, so the platform is another one.
    const script = `
      Object.defineProperty(process, "platform", { value: "aix" });
      const { startCommand } = await import(${JSON.stringify(new URL("../dist/commands/index.js", import.meta.url).href)});
      await startCommand({ argv: ["touch", "ran"], cwd: ${JSON.stringify(work)}, env: process.env, stdin: "closed", tty: false,
        sandbox: ${JSON.stringify(restricted([{ path: work, readOnly: [] }]))} }, { output() {} })
        .catch((error) => console.log(error.code, error.message));
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { env });
    expect(stdout.toString()).toMatch(/^sandbox_unavailable .* there is no sandbox for aix/);
    expect(readdirSync(work)).toEqual([]);
  });

  test.runIf(process.platform === "linux")("a folder to run in that does not exist is told before", async () => {
    const starting = startCommand(
      { argv: ["true"], cwd: "/nothing", env, stdin: "closed", tty: false, sandbox: restricted([]) },
      { output() {} },
    );
    await expect(starting).rejects.toMatchObject({ code: "command_not_found" });
  });
});
