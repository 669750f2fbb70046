// Which definitions travel in which direction. A member that the reference always sends is required in what we
// send, but stays optional in whatever a client may send us.

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */
/** @typedef {import("./schema-model.d.ts").Manifest} Manifest */

/** @param {string} reference */
export function referenceName(reference) {
  return reference.slice("#/definitions/".length);
}

/**
 * Names of every definition the roots reach, roots included.
 * @param {Iterable<string>} roots
 * @param {Definitions} definitions
 * @returns {Set<string>}
 */
export function reachable(roots, definitions) {
  /** @type {Set<string>} */
  const seen = new Set();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const schema = definitions[name];
    if (schema === undefined) throw new Error(`no definition ${name}`);
    queue.push(...references(schema));
  }
  return seen;
}

/**
 * @param {Schema} schema
 * @returns {string[]}
 */
function references(schema) {
  if (typeof schema === "boolean") return [];
  return [
    ...(schema.$ref === undefined ? [] : [referenceName(schema.$ref)]),
    ...[
      ...Object.values(schema.properties ?? {}),
      ...(schema.oneOf ?? []),
      ...(schema.anyOf ?? []),
      ...(schema.allOf ?? []),
      ...(schema.items === undefined ? [] : [schema.items]),
      ...(schema.additionalProperties === undefined ? [] : [schema.additionalProperties]),
    ].flatMap(references),
  ];
}

/**
 * Definitions that a client may send: params of its requests and results of ours.
 * @param {Manifest} manifest
 * @param {Definitions} definitions
 */
export function receivedDefinitions(manifest, definitions) {
  const roots = [
    ...manifest.clientRequests.map(({ params }) => params),
    ...manifest.clientNotifications.map(({ params }) => params),
    ...manifest.serverRequests.map(({ response }) => response),
  ];
  return reachable(
    roots.filter((name) => name !== null),
    definitions,
  );
}
