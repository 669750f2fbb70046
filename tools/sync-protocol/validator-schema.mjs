// The committed schema as ajv compiles it: only what decides about acceptance, so that the generated code stays
// small and imports nothing.

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").SchemaObject} SchemaObject */

// 64-bit integers stop where JavaScript numbers stop being exact.
const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;

/** @type {ReadonlyMap<string, { minimum: number, maximum: number }>} */
const RANGES = new Map([
  ["int32", { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }],
  ["int64", { minimum: MIN_SAFE_INTEGER, maximum: MAX_SAFE_INTEGER }],
  ["uint", { minimum: 0, maximum: MAX_SAFE_INTEGER }],
  ["uint16", { minimum: 0, maximum: 2 ** 16 - 1 }],
  ["uint32", { minimum: 0, maximum: 2 ** 32 - 1 }],
  ["uint64", { minimum: 0, maximum: MAX_SAFE_INTEGER }],
]);

/** Absolute as POSIX or Windows has it: the same validators run on both. */
const ABSOLUTE_PATH = "^(?:/|[A-Za-z]:[\\\\/]|\\\\\\\\)";

/**
 * @param {string} name
 * @param {Schema} schema
 * @returns {object}
 */
export function validatorSchema(name, schema) {
  const bare = simplify(schema);
  const path = name === "AbsolutePathBuf" ? { pattern: ABSOLUTE_PATH } : {};
  return { $id: name, ...(typeof bare === "object" ? bare : {}), ...path };
}

/**
 * @param {Schema} schema
 * @returns {Schema | Record<string, unknown>}
 */
function simplify(schema) {
  if (typeof schema === "boolean") return schema;
  if (schema.allOf !== undefined) return simplify(schema.allOf[0] ?? true);
  // The variants of our enums exclude each other, and the first that fits is enough.
  const variants = openVariants(schema);
  const range = RANGES.get(schema.format ?? "");
  return {
    ...(schema.$ref === undefined ? {} : { $ref: `${schema.$ref.slice("#/definitions/".length)}#` }),
    ...(schema.type === undefined ? {} : { type: schema.type }),
    ...(schema.enum === undefined ? {} : { enum: schema.enum }),
    ...range,
    // minLength would import a run-time helper that counts code points.
    ...(schema.minLength === 1 ? { not: { const: "" } } : {}),
    ...(schema["x-not"] === undefined ? {} : { not: { enum: schema["x-not"] } }),
    ...(schema.required === undefined ? {} : { required: schema.required }),
    ...(schema.properties === undefined ? {} : { properties: simplifyAll(schema.properties) }),
    ...(schema.additionalProperties === undefined || schema.additionalProperties === true
      ? {}
      : { additionalProperties: simplify(schema.additionalProperties) }),
    ...(schema.items === undefined ? {} : { items: simplify(schema.items) }),
    ...(variants === undefined ? {} : { anyOf: variants.map(simplify) }),
  };
}

/**
 * The variants, with an open enum's `other` taking every tag that no other variant has.
 * @param {SchemaObject} schema
 * @returns {Schema[] | undefined}
 */
function openVariants(schema) {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants === undefined || schema["x-open"] !== true) return variants;
  const names = variants.flatMap((variant) => tagName(variant) ?? []).filter((name) => name !== "other");
  return variants.map((variant) =>
    tagName(variant) === "other"
      ? { type: "object", properties: { type: { type: "string", "x-not": names } }, required: ["type"] }
      : variant,
  );
}

/** @param {Schema} variant */
function tagName(variant) {
  const tag = typeof variant === "object" ? variant.properties?.["type"] : undefined;
  return typeof tag === "object" ? tag.enum?.[0] : undefined;
}

/** @param {Record<string, Schema>} properties */
function simplifyAll(properties) {
  return Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, simplify(member)]));
}
