import { codex } from "./places.mjs";
import { openTerminal } from "./terminal.mjs";

/** The screen shows where to write. */
const COMPOSER = /^›/m;

/**
 * Starts Codex's terminal UI on a server and waits until it can be written to.
 *
 * @param {import("./sandbox.mjs").Sandbox} sandbox
 * @param {string} url of the server
 * @param {{ before?: readonly string[], after?: readonly string[], env?: Record<string, string>, ready?: RegExp }} [options]
 *   arguments before and after `--remote URL`; what to wait for instead
 */
export async function openTui(sandbox, url, { before = [], after = [], env = {}, ready = COMPOSER } = {}) {
  const terminal = await openTerminal([process.execPath, codex ?? "", ...before, "--remote", url, ...after], {
    root: sandbox.root,
    cwd: sandbox.project,
    env: { ...sandbox.clientEnvironment, ...env },
  });
  try {
    await terminal.waitFor(ready, 20_000);
  } catch (error) {
    await terminal.close();
    throw error;
  }
  return {
    ...terminal,
    /** Ctrl-C twice; gives the exit code. */
    quit: async () => {
      await terminal.press("C-c");
      const code = await terminal.exited(1_500).catch(() => undefined);
      if (code !== undefined) return code;
      await terminal.press("C-c");
      return terminal.exited();
    },
  };
}
