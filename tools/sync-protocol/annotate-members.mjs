// Carries over into the JSON Schema what only the generated TypeScript knows: the declared order of members
// and enum variants, and the members that are always sent (`x-present`).

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").SchemaObject} SchemaObject */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */
/** @typedef {import("./read-typescript.mjs").Declarations} Declarations */
/** @typedef {import("./read-typescript.mjs").Shape} Shape */

/**
 * @param {Definitions} definitions
 * @param {Declarations} declarations
 * @returns {Definitions}
 */
export function annotateMembers(definitions, declarations) {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [
      name,
      annotate(schema, declarations.shapes(name), declarations.variantOrder(name), declarations),
    ]),
  );
}

/**
 * @param {Schema} schema
 * @param {Shape[]} shapes
 * @param {string[]} variantOrder
 * @param {Declarations} declarations
 * @returns {Schema}
 */
function annotate(schema, shapes, variantOrder, declarations) {
  if (typeof schema === "boolean") return schema;
  const result = { ...schema };
  if (result.properties !== undefined) Object.assign(result, annotateObject(result, shapes, declarations));
  for (const keyword of /** @type {const} */ (["oneOf", "anyOf"])) {
    const branches = result[keyword];
    if (branches === undefined) continue;
    result[keyword] = orderVariants(
      branches.map((branch) => annotate(branch, shapes, [], declarations)),
      variantOrder,
    );
  }
  return plainNames(result) ?? result;
}

/**
 * An enum of nothing but names needs no union.
 * @param {SchemaObject} schema
 */
function plainNames({ oneOf, properties }) {
  const only = oneOf?.length === 1 && properties === undefined ? oneOf[0] : undefined;
  return typeof only === "object" && only.enum !== undefined ? only : undefined;
}

/**
 * @param {SchemaObject} schema
 * @param {Shape[]} shapes
 * @param {Declarations} declarations
 * @returns {SchemaObject}
 */
function annotateObject(schema, shapes, declarations) {
  const properties = schema.properties ?? {};
  const shape = matchingShape(properties, shapes);
  if (shape === undefined) {
    // The JSON Schema generator does not know serde's rename_all_fields; the TypeScript and the wire do.
    const renamed = withCamelCaseMembers(schema);
    const fitting = matchingShape(renamed.properties ?? {}, shapes);
    return fitting === undefined ? schema : annotateObject(renamed, [fitting], declarations);
  }
  const names = [...shape.keys()].filter((name) => name in properties);
  const required = new Set(schema.required);
  const present = names.filter((name) => shape.get(name)?.optional === false && !required.has(name));
  const ordered = names.map((name) => {
    const node = shape.get(name)?.node;
    const inner = node === undefined ? [] : declarations.shapesOf(node);
    return [name, annotate(properties[name] ?? true, isInlineObject(properties[name]) ? inner : [], [], declarations)];
  });
  return {
    ...schema,
    properties: Object.fromEntries(ordered),
    ...(required.size > 0 ? { required: names.filter((name) => required.has(name)) } : {}),
    ...(present.length > 0 ? { "x-present": present } : {}),
  };
}

/**
 * @param {SchemaObject} schema
 * @returns {SchemaObject}
 */
function withCamelCaseMembers(schema) {
  const rename = (/** @type {string} */ name) => name.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, member]) => [rename(name), member]),
    ),
    ...(schema.required === undefined ? {} : { required: schema.required.map(rename) }),
  };
}

/** @param {Schema | undefined} schema */
function isInlineObject(schema) {
  return typeof schema === "object" && schema.properties !== undefined;
}

/**
 * The smallest shape that has every member and the same literal tags.
 * @param {Record<string, Schema>} properties
 * @param {Shape[]} shapes
 */
function matchingShape(properties, shapes) {
  return shapes
    .filter((shape) =>
      Object.entries(properties).every(([name, schema]) => fits(shape.get(name)?.literal, shape.has(name), schema)),
    )
    .sort((a, b) => a.size - b.size)[0];
}

/**
 * @param {string | undefined} literal
 * @param {boolean} known
 * @param {Schema} schema
 */
function fits(literal, known, schema) {
  if (!known) return false;
  const tag = typeof schema === "object" && schema.enum?.length === 1 ? schema.enum[0] : undefined;
  return literal === undefined || tag === undefined || literal === tag;
}

/**
 * schemars lists the plain names of an enum first; serde names them in declared order in its messages.
 * @param {Schema[]} branches
 * @param {string[]} order
 * @returns {Schema[]}
 */
function orderVariants(branches, order) {
  const single = branches.flatMap((branch) =>
    typeof branch === "object" && branch.enum !== undefined
      ? branch.enum.map((name) => ({ ...branch, enum: [name] }))
      : [branch],
  );
  const sorted = order.length === single.length ? sortByName(single, order) : single;
  /** @type {Schema[]} */
  const joined = [];
  for (const branch of sorted) {
    const last = joined.at(-1);
    if (
      typeof branch === "object" &&
      typeof last === "object" &&
      branch.enum !== undefined &&
      last.enum !== undefined
    ) {
      last.enum.push(...branch.enum);
    } else {
      joined.push(
        typeof branch === "object" && branch.enum !== undefined ? { ...branch, enum: [...branch.enum] } : branch,
      );
    }
  }
  return joined;
}

/**
 * @param {Schema[]} branches
 * @param {string[]} order
 */
function sortByName(branches, order) {
  const names = branches.map(variantName);
  if (!names.every((name) => name !== undefined && order.includes(name))) return branches;
  return [...branches].sort((a, b) => order.indexOf(variantName(a) ?? "") - order.indexOf(variantName(b) ?? ""));
}

/**
 * The name under which serde knows a variant: a plain string, the key of an externally tagged object or the
 * value of an internal tag.
 * @param {Schema} branch
 * @returns {string | undefined}
 */
function variantName(branch) {
  if (typeof branch === "boolean") return undefined;
  if (branch.enum?.length === 1) return branch.enum[0];
  const properties = Object.entries(branch.properties ?? {});
  const tag = properties.find(([, schema]) => typeof schema === "object" && schema.enum?.length === 1)?.[1];
  if (typeof tag === "object") return tag.enum?.[0];
  return properties.length === 1 && branch.additionalProperties === false ? properties[0]?.[0] : undefined;
}
