// The reference's texts are not ours to copy: only the shape of the protocol is committed.

const PROSE = new Set(["$comment", "$schema", "description", "examples", "title"]);
const NAMED_CHILDREN = new Set(["definitions", "patternProperties", "properties"]);
const CHILDREN = new Set(["additionalProperties", "items", "not"]);
const CHILD_LISTS = new Set(["allOf", "anyOf", "oneOf"]);

/**
 * A copy of a JSON Schema without its prose. Members that merely are called `title` or `description` stay:
 * keywords and property names are told apart by position.
 * @param {unknown} schema
 * @returns {any}
 */
export function stripProse(schema) {
  if (typeof schema !== "object" || schema === null) return schema;
  /** @type {Record<string, unknown>} */
  const bare = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (PROSE.has(keyword)) continue;
    if (NAMED_CHILDREN.has(keyword)) bare[keyword] = mapValues(value, stripProse);
    else if (CHILDREN.has(keyword)) bare[keyword] = stripProse(value);
    else if (CHILD_LISTS.has(keyword)) bare[keyword] = value.map(stripProse);
    else bare[keyword] = value;
  }
  return bare;
}

/**
 * @param {Record<string, unknown>} object
 * @param {(value: unknown) => unknown} change
 */
function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
