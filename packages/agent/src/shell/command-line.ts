/**
 * The `command` of a `commandExecution` item: the words of an argv as one shell line, quoted as the reference quotes
 * them. A word of harmless letters stays bare, otherwise it is put into single quotes, and into double quotes where
 * single ones cannot carry it (`'`, `\`). Words that need both are made of several quoted pieces.
 */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

/** One word, quoted as {@link commandLine} quotes it. The empty word is `''`. */
export function quoteWord(word: string): string {
  if (word === "") return "''";
  let quoted = "";
  for (let rest = word; rest !== "";) {
    const { piece, text } = nextPiece(rest);
    quoted += text;
    rest = rest.slice(piece.length);
  }
  return quoted;
}

/** The longest start of a word that one way of quoting can carry, and its text in that quoting. */
function nextPiece(rest: string): { piece: string; text: string } {
  let bare = true;
  let single = true;
  let double = true;
  let length = 0;
  for (const letter of rest) {
    const asBare: boolean = bare && /[A-Za-z0-9+\-./:@\]_]/.test(letter);
    // `^` may only open a piece in single quotes: the reference's quoting keeps it away from the history expansion of
    // interactive shells.
    const asSingle: boolean = single && letter !== "'" && letter !== "\\" && (letter !== "^" || length === 0);
    const asDouble: boolean = double && !/[`$!^]/.test(letter);
    if (!asBare && !asSingle && !asDouble) break;
    [bare, single, double] = [asBare, asSingle, asDouble];
    length += letter.length;
  }
  const piece = rest.slice(0, length);
  if (bare) return { piece, text: piece };
  if (single) return { piece, text: `'${piece}'` };
  return { piece, text: `"${piece.replaceAll(/["\\]/g, String.raw`\$&`)}"` };
}
