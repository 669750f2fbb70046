import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Sessions so far, for the names of their sockets. */
let count = 0;

/** What the terminal shows before the exit code; tmux's own word for it does not always come. */
const ENDED = "ended with exit code ";

/**
 * A program in a terminal of 120 by 40, which a tmux of its own holds.
 *
 * @typedef {object} Terminal
 * @property {() => Promise<string>} screen
 * @property {(what: string | RegExp, ms?: number) => Promise<string>} waitFor gives the screen; rejects with it
 * @property {(text: string) => Promise<void>} submit types a line and presses Enter
 * @property {(key: string) => Promise<void>} press a key by tmux's name
 * @property {(key: string, what: string | RegExp) => Promise<string>} pressUntil presses a key again when it changed
 *   nothing, for programs that do not heed all keys while they start
 * @property {(ms?: number) => Promise<number>} exited waits for the end and gives the exit code
 * @property {() => Promise<void>} close
 */

/**
 * @param {readonly string[]} command
 * @param {{ root: string, cwd: string, env: Record<string, string> }} options `root` holds tmux's socket
 * @returns {Promise<Terminal>}
 */
export async function openTerminal(command, { root, cwd, env }) {
  count += 1;
  const socket = join(root, `tmux-${count}`);
  const tmux = async (/** @type {readonly string[]} */ ...args) =>
    (await run("tmux", ["-S", socket, "-f", "/dev/null", ...args], { env: { PATH: env["PATH"], LANG: env["LANG"] } }))
      .stdout;
  const clean = ["env", "-i", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const shell = ["sh", "-c", `"$@"; echo "${ENDED}$?"; exec sleep 600`, "sh"];
  await tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", cwd, "--", ...shell, ...clean, ...command);

  const screen = () => tmux("capture-pane", "-p");
  /** @type {Terminal["waitFor"]} */
  const waitFor = async (what, ms = 15_000) => {
    const end = Date.now() + ms;
    for (;;) {
      const now = await screen();
      if (typeof what === "string" ? now.includes(what) : what.test(now)) return now;
      const dead = now.includes(ENDED);
      if (dead || Date.now() > end) {
        throw new Error(`${dead ? "the program ended" : "waited in vain"}: no ${String(what)} in\n${shown(now)}`);
      }
      await sleep(100);
    }
  };

  return {
    screen,
    waitFor,
    submit: async (text) => {
      await tmux("send-keys", "-l", text);
      // Enter right behind fast text counts as part of a paste.
      await sleep(600);
      await tmux("send-keys", "Enter");
    },
    press: async (key) => {
      await tmux("send-keys", key);
    },
    pressUntil: async (key, what) => {
      for (let tries = 4; tries > 0; tries -= 1) {
        await tmux("send-keys", key);
        const seen = await waitFor(what, 2_000).catch(() => undefined);
        if (seen !== undefined) return seen;
      }
      return waitFor(what, 0);
    },
    exited: async (ms = 10_000) => {
      const end = Date.now() + ms;
      for (;;) {
        const now = await screen();
        const [, code] = now.split(ENDED);
        if (code !== undefined) return Number.parseInt(code, 10);
        if (Date.now() > end) throw new Error(`the program did not end:\n${shown(now)}`);
        await sleep(100);
      }
    },
    close: async () => {
      await tmux("kill-server").catch(() => {});
    },
  };
}

/** @param {string} screen */
function shown(screen) {
  return screen
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");
}
