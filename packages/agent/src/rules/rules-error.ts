/** What is wrong with a rules file, and from where to where, as offsets. Internal: `parseRules` answers with it. */
export class RulesError extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

/** A place in a rules file. Both numbers count from 1; columns are UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The line and column of an offset. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
