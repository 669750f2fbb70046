/** The beginning of a text, of at most so many characters (UTF-16 units). Cuts no character in two. */
export function beginningOf(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
}

/** The end of a text, as {@link beginningOf} has its beginning. */
export function endOf(text: string, most: number): string {
  return text.length <= most ? text : text.slice(-most).replace(/^[\udc00-\udfff]/, "");
}
