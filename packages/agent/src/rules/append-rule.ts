/** The line of `default.rules` that allows commands beginning with `prefix`, byte for byte as the reference writes it. */
export function formatPrefixRule(prefix: readonly string[]): string {
  return `prefix_rule(pattern=[${prefix.map((word) => JSON.stringify(word)).join(", ")}], decision="allow")`;
}

/**
 * The text of a rules file with {@link formatPrefixRule} added as a line of its own; unchanged if it has that line.
 * What the file says otherwise is left alone, also where it does not parse.
 *
 * @throws {RangeError} For an empty prefix, which would allow everything.
 */
export function appendRule(text: string, prefix: readonly string[]): string {
  if (prefix.length === 0) throw new RangeError("prefix rule requires at least one token");
  const line = formatPrefixRule(prefix);
  if (text.split(/\r?\n/).includes(line)) return text;
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
}
