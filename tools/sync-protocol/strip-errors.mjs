// ajv's generated code describes every error it finds. Ours are described by packages/protocol/src/decode, so the
// descriptions, a third of the code, are emptied.

/**
 * @param {string} code ajv standalone code
 * @returns {string}
 */
export function stripErrors(code) {
  let stripped = "";
  let position = 0;
  for (;;) {
    const start = code.indexOf("{instancePath", position);
    if (start < 0) return shortenRecords(stripped + code.slice(position));
    const end = closingBrace(code, start) + 1;
    const literal = code.slice(start, end);
    // The arguments of calls between validators begin alike, but have no schema path.
    stripped += code.slice(position, start) + (literal.includes("schemaPath:") ? "{}" : literal);
    position = end;
  }
}

/**
 * Validators only count what they have found, so what is pushed does not matter.
 * @param {string} code
 */
function shortenRecords(code) {
  return code.replaceAll(
    /const (err\d+) = \{\};\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}/g,
    "(vErrors ??= []).push(0);",
  );
}

/**
 * @param {string} code
 * @param {number} start position of the opening brace
 */
function closingBrace(code, start) {
  let depth = 0;
  for (let position = start; position < code.length; position += 1) {
    const character = code.charAt(position);
    if (character === '"') position = closingQuote(code, position);
    else if (character === "{") depth += 1;
    else if (character === "}") {
      depth -= 1;
      if (depth === 0) return position;
    }
  }
  throw new Error("unbalanced braces in generated code");
}

/**
 * @param {string} code
 * @param {number} start position of the opening quote
 */
function closingQuote(code, start) {
  for (let position = start + 1; position < code.length; position += 1) {
    const character = code.charAt(position);
    if (character === "\\") position += 1;
    else if (character === '"') return position;
  }
  throw new Error("unterminated string in generated code");
}
