/**
 * Calls back with each line of a stream that is not empty.
 *
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} take
 */
export function forEachLine(stream, take) {
  const decoder = new TextDecoder();
  let rest = "";
  stream.on("data", (/** @type {Buffer} */ bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") take(line);
  });
}
