// The committed schema as the small tree that packages/protocol/src/decode walks when a value was refused, to say
// why in serde's words. All guessing about what Rust type a schema came from happens here, at generation time.

import { referenceName } from "./reachability.mjs";
import { typesOf } from "./render-type.mjs";
import { FLATTENED_NAMES, PATH_MEMBERS, PATH_TYPES, TYPE_NAMES } from "./serde-names.mjs";

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").SchemaObject} SchemaObject */
/** @typedef {import("../../packages/protocol/src/decode/shape.js").Shape} Shape */
/** @typedef {import("../../packages/protocol/src/decode/shape.js").StructShape} StructShape */

const INTEGERS = new Map([
  ["int32", "i32"],
  ["int64", "i64"],
  ["uint", "usize"],
  ["uint16", "u16"],
  ["uint32", "u32"],
  ["uint64", "u64"],
]);

/**
 * @param {Schema} schema
 * @param {string} name the definition's name, or a path into it
 * @returns {Shape}
 */
export function toShape(schema, name) {
  if (typeof schema === "boolean" || Object.keys(schema).every((key) => key === "default")) return { k: "any" };
  if (schema.$ref !== undefined) return { k: "ref", to: referenceName(schema.$ref) };
  if (schema.allOf !== undefined) return toShape(schema.allOf[0] ?? true, name);
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches !== undefined) {
    const shape = schema.properties === undefined ? unionShape(branches, name) : flatShape(schema, branches, name);
    return schema["x-open"] === true && shape.k === "internal" ? { ...shape, open: true } : shape;
  }
  const types = typesOf(schema);
  if (types.includes("null") && types.length > 1) {
    return { k: "option", of: toShape({ ...schema, type: types.filter((type) => type !== "null") }, name) };
  }
  if (schema.enum !== undefined)
    return { k: "external", variants: Object.fromEntries(schema.enum.map((variant) => [variant, null])) };
  if (types.length !== 1) throw new Error(`${name}: no single type in ${JSON.stringify(schema)}`);
  return typeShape(types[0] ?? "", schema, name);
}

/**
 * @param {string} type
 * @param {SchemaObject} schema
 * @param {string} name
 * @returns {Shape}
 */
function typeShape(type, schema, name) {
  switch (type) {
    case "string":
      return stringShape(schema, name);
    case "boolean":
      return { k: "boolean" };
    case "number":
      return { k: "float" };
    case "integer": {
      const as = INTEGERS.get(schema.format ?? "");
      if (as === undefined) throw new Error(`${name}: unknown integer format ${schema.format}`);
      return { k: "integer", as };
    }
    case "array":
      return { k: "sequence", of: toShape(schema.items ?? true, `${name}[]`) };
    case "object": {
      const isMap =
        schema.properties === undefined &&
        schema.additionalProperties !== undefined &&
        schema.additionalProperties !== false;
      return isMap
        ? { k: "map", of: toShape(schema.additionalProperties ?? true, `${name}{}`) }
        : structShape(schema, name);
    }
    default:
      throw new Error(`${name}: unknown type ${type}`);
  }
}

/**
 * @param {SchemaObject} schema
 * @param {string} name
 * @returns {Shape}
 */
function stringShape(schema, name) {
  if (PATH_TYPES.has(name)) return { k: "string", is: "absolutePath" };
  if (PATH_MEMBERS.has(name)) return { k: "string", is: "path" };
  return schema.minLength === 1 ? { k: "string", is: "filled" } : { k: "string" };
}

/**
 * @param {SchemaObject} schema
 * @param {string} name
 * @param {string} [tag] left out of the members
 * @returns {StructShape}
 */
function structShape(schema, name, tag) {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties ?? {}).filter(([member]) => member !== tag);
  return {
    k: "struct",
    name: TYPE_NAMES.get(name) ?? name,
    members: members.map(([member, type]) => [member, toShape(type, `${name}.${member}`), required.has(member)]),
    ...(schema.additionalProperties === false ? { closed: true } : {}),
  };
}

/**
 * @param {SchemaObject} schema
 * @param {Schema[]} branches
 * @param {string} name
 * @param {string} [tag]
 * @returns {Shape}
 */
function flatShape(schema, branches, name, tag) {
  if (branches.some((branch) => tagOf(branch) !== undefined))
    throw new Error(`${name}: a flattened tagged enum is not supported`);
  const enumName = FLATTENED_NAMES.get(name) ?? `${name}Reference`;
  return {
    k: "flat",
    base: structShape(schema, name, tag),
    of: { k: "untagged", name: enumName, of: branches.map((branch) => toShape(branch, enumName)) },
  };
}

/**
 * @param {Schema[]} branches
 * @param {string} name
 * @returns {Shape}
 */
function unionShape(branches, name) {
  const [only, ...others] = branches.filter((branch) => !isNull(branch));
  if (only === undefined) throw new Error(`${name}: an empty union`);
  const isNullable = others.length + 1 < branches.length;
  const isSingle = others.length === 0 && tagOf(only) === undefined;
  const inner = isSingle ? toShape(only, name) : enumShape([only, ...others], name);
  return isNullable ? { k: "option", of: inner } : inner;
}

/**
 * @param {Schema[]} branches
 * @param {string} name
 * @returns {Shape}
 */
function enumShape(branches, name) {
  if (branches.every(isExternalVariant)) return externalShape(branches, name);
  const tags = new Set(branches.map(tagOf));
  const [tag] = tags;
  if (tags.size === 1 && tag !== undefined) return internalShape(branches, tag, name);
  return { k: "untagged", name: TYPE_NAMES.get(name) ?? name, of: branches.map((branch) => toShape(branch, name)) };
}

/**
 * @param {Schema[]} branches
 * @param {string} name
 * @returns {Shape}
 */
function externalShape(branches, name) {
  /** @type {Record<string, Shape | null>} */
  const variants = {};
  for (const branch of branches) {
    if (typeof branch === "boolean") continue;
    for (const unit of branch.enum ?? []) variants[unit] = null;
    for (const [variant, payload] of Object.entries(branch.properties ?? {}))
      variants[variant] = toShape(payload, `${name}::${variant}`);
  }
  return { k: "external", variants };
}

/**
 * @param {Schema[]} branches
 * @param {string} tag
 * @param {string} name
 * @returns {Shape}
 */
function internalShape(branches, tag, name) {
  /** @type {Record<string, Shape>} */
  const variants = {};
  for (const branch of branches) {
    if (typeof branch === "boolean") continue;
    const variant = tagValue(branch, tag);
    const inner = branch.anyOf ?? branch.oneOf;
    const path = `${name}.${variant}`;
    variants[variant] = inner === undefined ? structShape(branch, path, tag) : flatShape(branch, inner, path, tag);
  }
  return { k: "internal", name: TYPE_NAMES.get(name) ?? name, tag, variants };
}

/** @param {Schema} branch */
function isNull(branch) {
  return typeof branch === "object" && branch.type === "null";
}

/** @param {Schema} branch */
function isExternalVariant(branch) {
  if (typeof branch === "boolean") return false;
  if (branch.enum !== undefined) return true;
  return branch.additionalProperties === false && Object.keys(branch.properties ?? {}).length === 1;
}

/**
 * @param {Schema} branch
 * @returns {string | undefined}
 */
function tagOf(branch) {
  if (typeof branch === "boolean") return undefined;
  return Object.entries(branch.properties ?? {}).find(
    ([, member]) => typeof member === "object" && member.enum?.length === 1,
  )?.[0];
}

/**
 * @param {SchemaObject} branch
 * @param {string} tag
 */
function tagValue(branch, tag) {
  const member = branch.properties?.[tag];
  const value = typeof member === "object" ? member.enum?.[0] : undefined;
  if (value === undefined) throw new Error(`a variant without ${tag}`);
  return value;
}
