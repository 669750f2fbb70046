import { diffArrays } from "diff";

/** A run of lines that both sides have, or that only one has. */
export interface LineRun {
  readonly type: "same" | "removed" | "added";
  readonly lines: readonly string[];
}

/**
 * How many lines that both sides have may be out of place for the search of the smallest difference: it takes time by
 * the square of this, about 35 ms at the limit. Lines that only one side has do not count.
 */
const MAX_EDITS = 500;

/**
 * What has to be done to lines to get others, removals before additions. It is a smallest difference, unless more lines
 * than a limit are out of place: then everything between the first and the last difference counts as replaced, which is
 * right but coarse. Lines are compared with their ends.
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineRun[] {
  const start = commonPrefix(before, after);
  const tail = commonSuffix(before, after, start);
  const runs = new Runs(before, after);
  runs.keep(0, 0, start);
  const oldEnd = before.length - tail;
  const newEnd = after.length - tail;
  for (const { oldAt, newAt, count } of matches(before.slice(start, oldEnd), after.slice(start, newEnd))) {
    runs.keep(start + oldAt, start + newAt, count);
  }
  runs.keep(oldEnd, newEnd, tail);
  return runs.all;
}

/** Lines that stay, by their places on both sides. */
interface Match {
  readonly oldAt: number;
  readonly newAt: number;
  count: number;
}

/** Collects runs from front to back out of what stays. */
class Runs {
  readonly all: { readonly type: LineRun["type"]; readonly lines: string[] }[] = [];
  readonly #before: readonly string[];
  readonly #after: readonly string[];
  #oldAt = 0;
  #newAt = 0;

  constructor(before: readonly string[], after: readonly string[]) {
    this.#before = before;
    this.#after = after;
  }

  /** Lines that stay the same, from these places on; what lies before them, and is not yet told of, has changed. */
  keep(oldAt: number, newAt: number, count: number): void {
    this.#push("removed", this.#before.slice(this.#oldAt, oldAt));
    this.#push("added", this.#after.slice(this.#newAt, newAt));
    this.#oldAt = oldAt + count;
    this.#newAt = newAt + count;
    this.#push("same", this.#before.slice(oldAt, this.#oldAt));
  }

  #push(type: LineRun["type"], lines: string[]): void {
    if (lines.length === 0) return;
    const last = this.all.at(-1);
    if (last?.type !== type) {
      this.all.push({ type, lines });
      return;
    }
    for (const line of lines) last.lines.push(line);
  }
}

/** The places of lines that stay, in order. None if finding them would take too long. */
function matches(before: readonly string[], after: readonly string[]): Match[] {
  // Lines that the other side does not have cannot stay: without them the search is short, and finds the same.
  const inBefore = new Set(before);
  const inAfter = new Set(after);
  const oldPlaces = [...before.keys()].filter((at) => inAfter.has(before[at] ?? ""));
  const newPlaces = [...after.keys()].filter((at) => inBefore.has(after[at] ?? ""));
  if (oldPlaces.length === 0) return [];
  const numbers = new Map([...inBefore].map((line, index) => [line, index]));
  const numbered = (lines: readonly string[], places: readonly number[]): (number | undefined)[] =>
    // The search starts from the end: of several smallest differences that more often finds the reference's.
    places.map((at) => numbers.get(lines[at] ?? "")).toReversed();
  const changes = diffArrays(numbered(before, oldPlaces), numbered(after, newPlaces), { maxEditLength: MAX_EDITS });
  const found: Match[] = [];
  let oldNext = 0;
  let newNext = 0;
  for (const { added, removed, count } of changes?.toReversed() ?? []) {
    if (!added && !removed) {
      for (let index = 0; index < count; index += 1) {
        keepOne(found, oldPlaces[oldNext + index] ?? 0, newPlaces[newNext + index] ?? 0);
      }
    }
    if (!added) oldNext += count;
    if (!removed) newNext += count;
  }
  return found;
}

/** Adds a line that stays, to the lines before it if it follows them on both sides. */
function keepOne(found: Match[], oldAt: number, newAt: number): void {
  const last = found.at(-1);
  if (last !== undefined && last.oldAt + last.count === oldAt && last.newAt + last.count === newAt) last.count += 1;
  else found.push({ oldAt, newAt, count: 1 });
}

function commonPrefix(before: readonly string[], after: readonly string[]): number {
  const most = Math.min(before.length, after.length);
  let length = 0;
  while (length < most && before[length] === after[length]) length += 1;
  return length;
}

function commonSuffix(before: readonly string[], after: readonly string[], prefix: number): number {
  const most = Math.min(before.length, after.length) - prefix;
  let length = 0;
  while (length < most && before.at(-1 - length) === after.at(-1 - length)) length += 1;
  return length;
}
