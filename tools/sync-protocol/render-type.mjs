// JSON Schema to TypeScript, for exactly the forms the committed schema has. Anything else is an error, so that
// a new form is looked at instead of becoming `unknown`.

import { referenceName } from "./reachability.mjs";

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").SchemaObject} SchemaObject */
/** @typedef {{ sent: boolean }} Direction `sent`: only we send it, so what is always present is required */

const PLAIN = new Map([
  ["string", "string"],
  ["boolean", "boolean"],
  ["integer", "number"],
  ["number", "number"],
  ["null", "null"],
]);

/**
 * @param {Schema} schema
 * @param {Direction} direction
 * @param {string} indent
 * @returns {string}
 */
export function renderType(schema, direction, indent) {
  if (typeof schema === "boolean") return "unknown";
  const alternatives = [...new Set(renderAlternatives(schema, direction, indent))];
  return alternatives.includes("unknown") ? "unknown" : alternatives.join(" | ");
}

/**
 * The members of the union a schema stands for; one when it is no union.
 * @param {Schema} schema
 * @param {Direction} direction
 * @param {string} indent
 * @returns {string[]}
 */
export function renderAlternatives(schema, direction, indent) {
  if (typeof schema === "boolean") return ["unknown"];
  if (schema.$ref !== undefined) return [referenceName(schema.$ref)];
  if (schema.allOf?.length === 1) return renderAlternatives(schema.allOf[0] ?? true, direction, indent);
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches !== undefined) {
    return branches.flatMap((branch) => renderAlternatives(inherit(schema, branch), direction, indent));
  }
  if (schema.enum !== undefined)
    return [...schema.enum.map((value) => JSON.stringify(value)), ...(allowsNull(schema) ? ["null"] : [])];
  const types = typesOf(schema);
  if (types.length === 0 && Object.keys(schema).every((key) => key === "default")) return ["unknown"];
  if (types.length === 0) throw new Error(`no type: ${JSON.stringify(schema)}`);
  return types.map((type) => renderSingle(type, schema, direction, indent));
}

/**
 * A variant with the members that all variants share.
 * @param {SchemaObject} parent
 * @param {Schema} branch
 * @returns {Schema}
 */
function inherit(parent, branch) {
  if (parent.properties === undefined) return branch;
  if (typeof branch === "boolean" || branch.$ref !== undefined) throw new Error("common members beside a reference");
  const present = [...(parent["x-present"] ?? []), ...(branch["x-present"] ?? [])];
  return {
    ...branch,
    type: "object",
    properties: isTagged(parent)
      ? { ...parent.properties, ...branch.properties }
      : { ...branch.properties, ...parent.properties },
    required: [...(parent.required ?? []), ...(branch.required ?? [])],
    ...(present.length > 0 ? { "x-present": present } : {}),
  };
}

/**
 * The member that tells the variants apart reads best at the top.
 * @param {SchemaObject} schema
 */
function isTagged(schema) {
  return Object.values(schema.properties ?? {}).some(
    (member) => typeof member === "object" && member.enum?.length === 1,
  );
}

/**
 * @param {string} type
 * @param {SchemaObject} schema
 * @param {Direction} direction
 * @param {string} indent
 */
function renderSingle(type, schema, direction, indent) {
  if (type === "object") return renderObject(schema, direction, indent);
  if (type === "array") return renderArray(schema.items ?? true, direction, indent);
  const plain = PLAIN.get(type);
  if (plain === undefined) throw new Error(`unknown type ${type}`);
  return plain;
}

/**
 * @param {Schema} items
 * @param {Direction} direction
 * @param {string} indent
 */
function renderArray(items, direction, indent) {
  const item = renderType(items, direction, indent);
  return /[ |{]/.test(item) ? `Array<${item}>` : `${item}[]`;
}

/**
 * @param {SchemaObject} schema
 * @param {Direction} direction
 * @param {string} indent
 */
export function renderObject(schema, direction, indent) {
  const { properties, additionalProperties } = schema;
  const open = additionalProperties !== undefined && additionalProperties !== false;
  if (properties === undefined || Object.keys(properties).length === 0) {
    if (!open) return "Record<string, never>";
    return `Record<string, ${renderType(additionalProperties, direction, indent)}>`;
  }
  return `{\n${renderMembers(schema, direction, `${indent}  `).join("\n")}\n${indent}}`;
}

/**
 * @param {SchemaObject} schema
 * @param {Direction} direction
 * @param {string} indent
 * @returns {string[]}
 */
export function renderMembers(schema, direction, indent) {
  const needed = new Set([...(schema.required ?? []), ...(direction.sent ? (schema["x-present"] ?? []) : [])]);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      `${indent}${memberName(name)}${needed.has(name) ? "" : "?"}: ${renderType(member, direction, indent)};`,
  );
  const rest = schema.additionalProperties;
  return rest === undefined || rest === false ? members : [...members, `${indent}[key: string]: unknown;`];
}

/** @param {string} name */
function memberName(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/**
 * @param {SchemaObject} schema
 * @returns {string[]}
 */
export function typesOf(schema) {
  if (schema.type === undefined) return schema.properties === undefined ? [] : ["object"];
  return typeof schema.type === "string" ? [schema.type] : schema.type;
}

/** @param {SchemaObject} schema */
function allowsNull(schema) {
  return typesOf(schema).includes("null");
}
