// The reference's two generators must agree on every name, but for the messages we supplement by hand.

/**
 * @param {string} what
 * @param {readonly string[]} fromTypescript
 * @param {readonly string[]} fromSchema
 * @param {readonly string[]} supplemented names the JSON Schema is known to lack
 */
export function reconcile(what, fromTypescript, fromSchema, supplemented) {
  const expected = new Set([...fromSchema, ...supplemented]);
  const found = new Set(fromTypescript);
  const missing = [...expected].filter((name) => !found.has(name));
  const surplus = [...found].filter((name) => !expected.has(name));
  const doubled = supplemented.filter((name) => fromSchema.includes(name));
  if (missing.length + surplus.length + doubled.length === 0) return;
  throw new Error(
    [
      `${what}: generate-ts and generate-json-schema disagree`,
      `  only in the JSON Schema: ${missing.join(", ") || "none"}`,
      `  only in the TypeScript, not supplemented: ${surplus.join(", ") || "none"}`,
      `  supplemented but no longer missing: ${doubled.join(", ") || "none"}`,
    ].join("\n"),
  );
}
