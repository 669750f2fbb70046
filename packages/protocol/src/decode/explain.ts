import { explainInteger, explainString } from "./explain-scalar.js";
import { isObject } from "../json-object.js";
import type { ExternalShape, InternalShape, Shape, ShapeTable, StructShape, UntaggedShape } from "./shape.js";
import { missingField, unknownField, unknownVariant, wrongLength, wrongType, wrongValue } from "./wording.js";

/**
 * Why a value is not what the shape asks for, in the words of the reference's decoder (Rust's serde), or undefined
 * when it is. The first problem in serde's order: members as they come in the text, then what is missing in declared
 * order.
 */
export function explain(shape: Shape, value: unknown, table: ShapeTable): string | undefined {
  switch (shape.k) {
    case "any":
      return undefined;
    case "ref":
      return explain(definitionOf(shape.to, table), value, table);
    case "option":
      return value === null ? undefined : explain(shape.of, value, table);
    case "string":
      return explainString(shape, value);
    case "boolean":
      return typeof value === "boolean" ? undefined : wrongType(value, "a boolean");
    case "float":
      return typeof value === "number" ? undefined : wrongType(value, "f64");
    case "integer":
      return explainInteger(shape.as, value);
    case "sequence":
      return Array.isArray(value) ? explainItems(shape.of, value, table) : wrongType(value, "a sequence");
    case "map":
      return isObject(value) ? explainItems(shape.of, Object.values(value), table) : wrongType(value, "a map");
    case "struct":
      return explainStruct(shape, value, table, `struct ${shape.name}`);
    case "external":
      return explainExternal(shape, value, table);
    case "internal":
      return explainInternal(shape, value, table);
    case "untagged":
      return explainUntagged(shape, value, table);
    case "flat":
      return explain(shape.base, value, table) ?? explain(shape.of, value, table);
  }
}

function definitionOf(name: string, table: ShapeTable): Shape {
  const shape = table[name];
  if (shape === undefined) throw new Error(`the generated shapes lack ${name}`);
  return shape;
}

function explainItems(shape: Shape, items: readonly unknown[], table: ShapeTable): string | undefined {
  for (const item of items) {
    const problem = explain(shape, item, table);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function explainStruct(shape: StructShape, value: unknown, table: ShapeTable, expected: string): string | undefined {
  const { members } = shape;
  // serde would take a long enough sequence for a struct, member by member. Nobody sends that, and we do not take it.
  if (Array.isArray(value) && value.length < members.length) return wrongLength(value.length, expected, members.length);
  if (!isObject(value)) return wrongType(value, expected);
  const shapes = new Map(members.map(([name, member]) => [name, member]));
  for (const [name, member] of Object.entries(value)) {
    const known = shapes.get(name);
    if (known === undefined && shape.closed === true) return unknownField(name, [...shapes.keys()]);
    const problem = known === undefined ? undefined : explain(known, member, table);
    if (problem !== undefined) return problem;
  }
  const missing = members.find(([name, , required]) => required && !Object.hasOwn(value, name));
  return missing === undefined ? undefined : missingField(missing[0]);
}

/** An enum written as `"name"` or `{ "name": payload }`. */
function explainExternal({ variants }: ExternalShape, value: unknown, table: ShapeTable): string | undefined {
  if (typeof value === "string") {
    const payload = own(variants, value);
    if (payload === undefined) return unknownVariant(value, Object.keys(variants));
    return payload === null ? undefined : `invalid type: unit variant, expected ${variantKind(payload)}`;
  }
  if (!isObject(value)) return wrongType(value, "string or map");
  const entries = Object.entries(value);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return wrongValue(value, "map with a single key");
  const [name, content] = entry;
  const payload = own(variants, name);
  if (payload === undefined) return unknownVariant(name, Object.keys(variants));
  // serde also takes { "name": null } for a plain name; nobody writes it, and we do not take it.
  if (payload === null) return content === null ? wrongType(value, "a string") : wrongType(content, "unit");
  return payload.k === "struct"
    ? explainStruct(payload, content, table, "struct variant")
    : explain(payload, content, table);
}

/** An enum of objects told apart by a tag. */
function explainInternal(enumeration: InternalShape, value: unknown, table: ShapeTable): string | undefined {
  const { name, tag, variants } = enumeration;
  if (Array.isArray(value) && value.length === 0) return missingField(tag);
  if (!isObject(value)) return wrongType(value, `internally tagged enum ${name}`);
  if (!Object.hasOwn(value, tag)) return missingField(tag);
  const { [tag]: variant, ...members } = value;
  if (typeof variant === "number") return wrongVariantIndex(variant, Object.keys(variants).length);
  if (typeof variant !== "string") return wrongType(variant, "variant identifier");
  const shape = own(variants, variant);
  if (shape !== undefined) return explain(shape, members, table);
  return enumeration.open === true ? undefined : unknownVariant(variant, Object.keys(variants));
}

/** serde takes a number for the variant of that index. Nobody sends that, and we do not take it. */
function wrongVariantIndex(index: number, count: number): string {
  const isTooLarge = Number.isInteger(index) && index >= count;
  return isTooLarge ? wrongValue(index, `variant index 0 <= i < ${count}`) : wrongType(index, "variant identifier");
}

function explainUntagged(shape: UntaggedShape, value: unknown, table: ShapeTable): string | undefined {
  const fits = shape.of.some((variant) => explain(variant, value, table) === undefined);
  return fits ? undefined : `data did not match any variant of untagged enum ${shape.name}`;
}

function variantKind(payload: Shape): string {
  return payload.k === "struct" ? "struct variant" : "newtype variant";
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
