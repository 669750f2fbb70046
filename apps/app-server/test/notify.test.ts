import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { Notifier } from "../src/telemetry/notifier.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { host, testServer } from "./support/test-server.js";

/** A program that writes its arguments and its environment into a file of their own for each run. */
async function program(): Promise<{ toml: string; runs: (count: number) => Promise<Run[]> }> {
  const folder = await temporaryFolder();
  const out = join(folder, "out");
  await mkdir(out);
  const script = join(folder, "notify.mjs");
  await writeFile(
    script,
    `import { renameSync, writeFileSync } from "node:fs";
const file = process.argv[2] + "/" + process.hrtime.bigint() + "-" + process.pid;
writeFileSync(file + ".part", JSON.stringify({ args: process.argv.slice(3), env: process.env, cwd: process.cwd() }));
renameSync(file + ".part", file + ".json");
`,
  );
  return {
    toml: `notify = ${JSON.stringify([process.execPath, script, out, "extra"])}`,
    runs: async (count) => {
      const files = await expect
        .poll(async () => (await readdir(out)).filter((name) => name.endsWith(".json")), { timeout: 10_000 })
        .toHaveLength(count)
        .then(async () => (await readdir(out)).filter((name) => name.endsWith(".json")).sort());
      return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(out, name), "utf8"))));
    },
  };
}

interface Run {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

describe("notify", () => {
  it("is told of a turn in the reference's words, with the client whose turn it was", async () => {
    const { toml, runs } = await program();
    const { client } = await testServer({
      top: toml,
      options: { environment: { MOCK_KEY: "secret-key", OTHER_TOKEN: "secret-too", DISPLAY: ":7" } },
    });
    const [one, other] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread({ cwd: "/" });
    const first = await one.runTurn(threadId, "first");
    await runs(1);
    await other.request("thread/resume", { threadId });
    const second = await other.runTurn(threadId, "second");
    const told = await runs(2);
    expect(told.map(({ args: [extra, payload] }) => [extra, JSON.parse(payload ?? "")])).toEqual(
      [
        [first, "codex_vscode", "first"],
        [second, "codex_ios", "second"],
      ].map(([turn, name, text]) => [
        "extra",
        {
          type: "agent-turn-complete",
          "thread-id": threadId,
          "turn-id": turn.id,
          cwd: "/",
          client: name,
          "input-messages": [text],
          "last-assistant-message": "Hello world",
        },
      ]),
    );
    expect(told[0]?.args).toHaveLength(2);
    expect(told[0]?.env["DISPLAY"]).toBe(":7");
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  it("does not disturb turns when it cannot be run", async () => {
    const { client, warnings } = await testServer({ top: 'notify = ["/nonexistent/program"]' });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    expect((await one.runTurn(threadId, "first")).status).toBe("completed");
    expect((await one.runTurn(threadId, "second")).status).toBe("completed");
    await expect.poll(() => warnings.filter((line) => line.startsWith("notify: "))).toHaveLength(2);
  });

  it("ends a program that runs too long", async () => {
    const folder = await temporaryFolder();
    const pidFile = join(folder, "pid");
    const notifier = new Notifier({ cwd: folder, warn: () => undefined, timeoutMs: 300 });
    onTestFinished(() => notifier.close());
    const identity = { originator: "x", client: null, host };
    notifier.turnEnded(
      { argv: ["/bin/sh", "-c", `echo $$ > ${pidFile}; exec sleep 1000`], environment: { PATH: "/usr/bin:/bin" } },
      { threadId: "t", turnId: "u", owner: identity, cwd: folder, model: "m", trace: undefined, prompt: "p" },
      { status: "completed", items: [] },
    );
    const pid = await expect
      .poll(() => readFile(pidFile, "utf8").catch(() => ""), { timeout: 10_000 })
      .toMatch(/\d+\n/)
      .then(() => readFile(pidFile, "utf8"));
    await expect.poll(() => isAlive(Number(pid)), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
