/** How alike two lines must be, from strict to lenient. The reference's order: a strict match further down wins. */
const LENIENCIES: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plainPunctuation(line.trim()),
];

/** The lines of one file, made for looking for several patterns in them. */
export class FindLines {
  readonly #lines: readonly string[];
  /** By leniency, made when first needed: most patterns are found exactly. */
  readonly #normalized: (readonly string[] | undefined)[] = [];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /**
   * The index of the first place at or after `from` where the pattern stands; with `atEnd` only the end of the file is
   * looked at. `undefined` if there is none.
   */
  find(pattern: readonly string[], from: number, atEnd: boolean): number | undefined {
    const last = this.#lines.length - pattern.length;
    const first = atEnd ? Math.max(from, last) : from;
    for (const [leniency, normalize] of LENIENCIES.entries()) {
      const lines = (this.#normalized[leniency] ??= leniency === 0 ? this.#lines : this.#lines.map(normalize));
      const wanted = pattern.map(normalize);
      for (let at = first; at <= last; at += 1) {
        if (wanted.every((line, index) => lines[at + index] === line)) return at;
      }
    }
    return undefined;
  }
}

/** Typographic dashes, quotes and spaces, which models write as their ASCII cousins. The reference has the same list. */
function plainPunctuation(line: string): string {
  return line
    .replaceAll(/[\u2010-\u2015\u2212]/gu, "-")
    .replaceAll(/[\u2018-\u201B]/gu, "'")
    .replaceAll(/[\u201C-\u201F]/gu, '"')
    .replaceAll(/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/gu, " ");
}
