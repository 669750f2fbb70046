import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { assertIdentity } from "../support/identity.mjs";
import { codex, isInPath, isInstalled } from "../support/places.mjs";
import { makeSandbox } from "../support/sandbox.mjs";
import { startServer } from "../support/server.mjs";
import { startTap } from "../support/tap.mjs";
import { openTui } from "../support/tui.mjs";
import { notifications, readWire, refusals, turnStarts } from "../support/wire.mjs";

export const name = "Codex TUI 0.169.0";

/** Why it cannot run here, if so. */
export async function missing() {
  if (codex === undefined) return "@openai/codex is not installed";
  if (!isInstalled("ws")) return "ws is not installed";
  for (const program of ["tmux", "git", "ps"]) if (!(await isInPath(program))) return `${program} is not in the PATH`;
  return undefined;
}

/** @param {import("../support/report.mjs").Context} context */
export async function run({ model, check, warn }) {
  const sandbox = await makeSandbox(model.url);
  try {
    await overWebSocket({ model, check, warn, sandbox });
    await overUnixSocket({ model, check, sandbox });
    await withToken({ model, check, sandbox });
    return refusals(await readWire(sandbox.wire));
  } finally {
    await sandbox.remove();
  }
}

/** @typedef {Omit<Parameters<typeof run>[0], "warn"> & { sandbox: import("../support/sandbox.mjs").Sandbox }} Context */

/** @param {Context & Pick<Parameters<typeof run>[0], "warn">} context */
async function overWebSocket({ model, check, warn, sandbox }) {
  const server = await startServer(sandbox);
  const tap = await startTap(server.url, { folder: sandbox.wire });
  /** @type {Awaited<ReturnType<typeof openTui>>[]} */
  const open = [];
  const tui = async (/** @type {Parameters<typeof openTui>[2]} */ options) => {
    const opened = await openTui(sandbox, tap.url, options);
    open.push(opened);
    return opened;
  };
  try {
    const started = await check("ws: starts, answers, says who it is", async () => {
      const first = await tui();
      await first.submit("say ping-first");
      const screen = await first.waitFor("I say pong-first to you");
      for (const [line] of screen.matchAll(/^■.*(\n\S.*)?/gm)) warn(`the TUI shows: ${line.replaceAll(/\s+/g, " ")}`);
      await assertOwnName(model, sandbox, "ping-first");
    });
    if (!started) return;
    await check("ws: second prompt on the thread", async () => {
      const [first] = open;
      await first?.submit("say ping-second");
      await first?.waitFor("I say pong-second to you");
      const [request] = model.requestsOf("ping-second");
      assert.ok(JSON.stringify(request?.body).includes("pong-first"), "the model got the history");
    });
    await check("ws: shows a slow answer while it comes, Esc interrupts it", async () => {
      const [first] = open;
      await first?.submit("say slowly ping-slow");
      await first?.waitFor("pong-slow line 3");
      const [request] = model.requestsOf("ping-slow");
      assert.equal(request?.outcome, undefined, "the answer is still coming");
      await first?.press("Escape");
      await first?.waitFor(/interrupted/i);
      assert.equal(await request?.done, "aborted", "the model was hung up on");
      assert.ok(await completedAs(sandbox, "interrupted"), "turn/completed says interrupted");
    });
    await check("ws: prompt after the interruption", async () => {
      const [first] = open;
      // The interrupted prompt may be given back for editing.
      await first?.press("C-u");
      await first?.submit("say ping-after");
      await first?.waitFor("I say pong-after to you");
    });
    await check("ws: two at once, each its own answer", async () => {
      const [first] = open;
      const second = await tui();
      model.holdRound(2);
      await Promise.all([first?.submit("say ping-left"), second.submit("say ping-right")]);
      const [left, right] = await Promise.all([
        first?.waitFor("I say pong-left to you") ?? "",
        second.waitFor("I say pong-right to you"),
      ]);
      assert.ok(!left.includes("pong-right") && !right.includes("pong-left"), "answers went to the wrong terminal");
    });
    await check("ws: resume of a loaded thread, and a turn that both see", async () => {
      const links = await readWire(sandbox.wire);
      const threadId = links.flatMap(turnStarts).find(({ text }) => text.includes("ping-first"))?.threadId ?? "";
      const third = await tui({ before: ["resume", threadId] });
      await third.waitFor("I say pong-after to you");
      await third.submit("say ping-joined");
      await third.waitFor("I say pong-joined to you");
      await open[0]?.waitFor("I say pong-joined to you");
      assert.equal(model.requestsOf("ping-joined")[0]?.header("thread-id"), threadId);
    });
    await check("ws: /rename", async () => {
      const [first] = open;
      await first?.submit("/rename Renamed here");
      await first?.waitFor(/ · Renamed here *$/m);
    });
    await check("ws: quits", async () => {
      // The first may have died of its last command.
      for (const each of open.slice(1)) assert.equal(await each.quit(), 0);
    });
  } finally {
    for (const each of open) await each.close();
    await tap.close();
    await server.stop();
  }
}

/** @param {Context} context */
async function overUnixSocket({ model, check, sandbox }) {
  await check("unix: starts, answers, quits", async () => {
    const server = await startServer(sandbox, { listen: `unix://${join(sandbox.root, "server.sock")}` });
    const tap = await startTap(server.url, { folder: sandbox.wire, path: join(sandbox.root, "tap.sock") });
    try {
      const tui = await openTui(sandbox, tap.url);
      try {
        await tui.submit("say ping-unix");
        await tui.waitFor("I say pong-unix to you");
        await assertOwnName(model, sandbox, "ping-unix");
        assert.equal(await tui.quit(), 0);
      } finally {
        await tui.close();
      }
    } finally {
      await tap.close();
      await server.stop();
    }
  });
}

/** @param {Context} context */
async function withToken({ model, check, sandbox }) {
  const token = "a-token-of-this-test-0123456789abcdef";
  const file = join(sandbox.root, "token");
  await writeFile(file, token, { mode: 0o600 });
  const server = await startServer(sandbox, { flags: ["--ws-auth", "capability-token", "--ws-token-file", file] });
  const tap = await startTap(server.url, { folder: sandbox.wire });
  const after = ["--remote-auth-token-env", "REMOTE_TOKEN"];
  try {
    await check("token: starts, answers, quits", async () => {
      const tui = await openTui(sandbox, tap.url, { after, env: { REMOTE_TOKEN: token } });
      try {
        await tui.submit("say ping-token");
        await tui.waitFor("I say pong-token to you");
        await assertOwnName(model, sandbox, "ping-token");
        assert.equal(await tui.quit(), 0);
      } finally {
        await tui.close();
      }
    });
    await check("token: a wrong one and none are refused", async () => {
      for (const options of [{ after, env: { REMOTE_TOKEN: "wrong" } }, {}]) {
        const tui = await openTui(sandbox, tap.url, { ...options, ready: /401|[Uu]nauthorized/ });
        try {
          assert.notEqual(await tui.exited(), 0);
        } finally {
          await tui.close();
        }
      }
    });
  } finally {
    await tap.close();
    await server.stop();
  }
}

/**
 * @param {import("../support/model.mjs").Model} model
 * @param {import("../support/sandbox.mjs").Sandbox} sandbox
 * @param {string} token
 */
async function assertOwnName(model, sandbox, token) {
  const links = await readWire(sandbox.wire);
  const owner = links.find((link) => turnStarts(link).some(({ text }) => text.includes(token)));
  const [request, ...more] = model.requestsOf(token);
  assert.ok(request !== undefined && more.length === 0, `${more.length + 1} model requests for ${token}`);
  assertIdentity(request, owner?.clientInfo);
}

/**
 * @param {import("../support/sandbox.mjs").Sandbox} sandbox
 * @param {string} status
 */
async function completedAs(sandbox, status) {
  const links = await readWire(sandbox.wire);
  return links.flatMap((link) => notifications(link, "turn/completed")).some(({ turn }) => turn.status === status);
}
