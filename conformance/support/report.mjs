/** How long one case may take. */
const CASE_MS = 90_000;

/**
 * What a client's cases are given.
 *
 * @typedef {object} Context
 * @property {import("./model.mjs").Model} model
 * @property {Check} check
 * @property {(text: string) => void} warn tells of what is wrong without failing the case
 */

/**
 * Prints a line for each case and counts.
 *
 * @typedef {(name: string, run: () => Promise<void>) => Promise<boolean>} Check gives whether it passed
 */
export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  /**
   * @param {string} client
   * @returns {Check}
   */
  checkOf(client) {
    return async (name, run) => {
      /** @type {NodeJS.Timeout | undefined} */
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done after ${CASE_MS / 1000} s`)), CASE_MS);
      });
      try {
        await Promise.race([run(), late]);
        this.passed += 1;
        console.log(`${client}: ${name}: ok`);
        return true;
      } catch (error) {
        this.failed += 1;
        console.log(`${client}: ${name}: FAILED`);
        console.log(indent(error instanceof Error ? error.message : String(error)));
        return false;
      } finally {
        clearTimeout(timer);
      }
    };
  }

  /**
   * @param {string} client
   * @param {string} why
   */
  skip(client, why) {
    this.skipped += 1;
    console.log(`${client}: skipped: ${why}`);
  }

  /** @param {string} text */
  warn(text) {
    console.log(`  warning: ${text}`);
  }

  /**
   * What clients were refused, whether they failed for it or not.
   *
   * @param {readonly { client: string, method: string, code: number, text: string }[]} refusals
   */
  refused(refusals) {
    for (const { client, method, code, text } of refusals) {
      this.warn(`${client} asked for ${method}: ${code === -32601 ? "not built" : `${code} ${text}`}`);
    }
  }

  /** The last lines. */
  summary() {
    const skipped = this.skipped === 0 ? "" : `${this.skipped} clients skipped\n`;
    return `${skipped}${this.passed} passed, ${this.failed} failed`;
  }
}

/** @param {string} text */
function indent(text) {
  return text.replaceAll(/^/gm, "    ");
}
