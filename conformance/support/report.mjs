/** How long one case may take. */
const CASE_MS = 90_000;

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

  /**
   * What a client was refused without failing for it.
   *
   * @param {readonly { client: string, method: string, code: number, text: string }[]} refusals
   */
  warn(refusals) {
    for (const { client, method, code, text } of refusals) {
      console.log(`  warning: ${client} asked for ${method} and got ${code}: ${text}`);
    }
  }

  /** The last line. */
  summary() {
    const skipped = this.skipped === 0 ? "" : ` (${this.skipped} clients skipped)`;
    return `${this.passed} passed, ${this.failed} failed${skipped}`;
  }
}

/** @param {string} text */
function indent(text) {
  return text.replaceAll(/^/gm, "    ");
}
