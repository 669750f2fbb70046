import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { makeSandbox } from "./sandbox.mjs";
import { startServer } from "./server.mjs";
import { startTap } from "./tap.mjs";
import { openTui } from "./tui.mjs";
import { readWire, refusals, turnStarts } from "./wire.mjs";

const run = promisify(execFile);

/**
 * A server whose project is a Git repository with one commit, and terminals on it.
 *
 * @typedef {object} Stage
 * @property {import("./sandbox.mjs").Sandbox} sandbox its project holds `a.txt` with the line `one`
 * @property {(options?: Parameters<typeof openTui>[2]) => ReturnType<typeof openTui>} tui
 * @property {(token: string) => Promise<import("./wire.mjs").Link>} linkOf what went over the wire so far between the
 *   server and the terminal that gave the prompt with this token
 */

/**
 * Sets up a stage, plays on it and ends all of it. What goes wrong between the cases fails as a case of its own.
 *
 * @param {import("./report.mjs").Context} context
 * @param {(stage: Stage) => Promise<void>} play
 * @returns {Promise<ReturnType<typeof refusals>>} what the server refused
 */
export async function onStage({ model, check }, play) {
  const sandbox = await makeSandbox(model.url);
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [sandbox.remove];
  try {
    await makeRepository(sandbox);
    const server = await startServer(sandbox);
    closers.push(server.stop);
    const tap = await startTap(server.url, { folder: sandbox.wire });
    closers.push(tap.close);
    await play({
      sandbox,
      tui: async (options) => {
        const opened = await openTui(sandbox, tap.url, options);
        closers.push(opened.close);
        return opened;
      },
      linkOf: async (token) => {
        const links = await readWire(sandbox.wire);
        const link = links.find((each) => turnStarts(each).some(({ text }) => text.includes(token)));
        if (link === undefined) throw new Error(`no terminal sent ${token}`);
        return link;
      },
    });
  } catch (error) {
    await check("between the cases", () => Promise.reject(error));
  }
  try {
    return refusals(await readWire(sandbox.wire));
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** @param {import("./sandbox.mjs").Sandbox} sandbox */
async function makeRepository({ project, environment }) {
  const git = (/** @type {readonly string[]} */ ...args) => run("git", args, { cwd: project, env: environment });
  await writeFile(join(project, "a.txt"), "one\n");
  await git("init", "--quiet");
  await git("add", ".");
  await git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "first");
}
