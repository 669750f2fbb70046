/**
 * The words of an example line in a rules file: split at space, with quotes and backslashes taken off as a POSIX shell
 * does. Operators are words like any other. `undefined` if a quote is left open.
 */
export function splitExample(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line;
  while (rest !== "") {
    const [whole = "", space, single, double, escaped, bare] = part.exec(rest) ?? [];
    if (whole === "") return undefined;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (single ?? double?.replaceAll(/\\([\\"$`\n])/g, "$1") ?? escaped ?? bare ?? "");
    }
    rest = rest.slice(whole.length);
  }
  return word === undefined ? words : [...words, word];
}

const part = /^(?:([ \t\n]+)|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^ \t\n'"\\]+))/;
