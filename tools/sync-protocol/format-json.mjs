// JSON that is compact and still diffs well: what fits on a line stays on a line.

const WIDTH = 120;

/**
 * @param {unknown} value
 * @param {string} [indent]
 * @returns {string}
 */
export function formatJson(value, indent = "") {
  const line = JSON.stringify(value);
  if (typeof value !== "object" || value === null || indent.length + line.length <= WIDTH) return line;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => deeper + formatJson(item, deeper)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([key, item]) => `${deeper}${JSON.stringify(key)}: ${formatJson(item, deeper)}`,
  );
  return `{\n${members.join(",\n")}\n${indent}}`;
}
