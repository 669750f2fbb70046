import { RpcError, rpcCodes } from "@switchboard/protocol";

import { kindOf, missingField, unknownVariant, wrongType } from "./wording.js";

/**
 * Takes one value of a request's params apart.
 *
 * @throws RpcError -32602 in the words of the reference's decoder (Rust's serde), which clients know.
 */
export type Read<T> = (value: unknown) => T;

/** Refuses params with the decoder's bare text. */
export function invalidParams(message: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, message);
}

/** A string. */
export const text: Read<string> = (value) => {
  if (typeof value !== "string") throw invalidParams(wrongType(value, "a string"));
  return value;
};

/** A boolean. */
export const flag: Read<boolean> = (value) => {
  if (typeof value !== "boolean") throw invalidParams(wrongType(value, "a boolean"));
  return value;
};

/**
 * An unsigned integer; `as` is the Rust type it has in the reference. Stops at 2^53−1, where JavaScript numbers stop
 * being exact.
 */
export function unsigned(as: "u64" | "usize"): Read<number> {
  return (value) => {
    if (typeof value !== "number") throw invalidParams(wrongType(value, as));
    if (!Number.isSafeInteger(value) || value < 0) throw invalidParams("invalid number");
    return value;
  };
}

/** Null counts as absent. */
export function orNull<T>(read: Read<T>): Read<T | undefined> {
  return (value) => (value === null ? undefined : read(value));
}

/** An array. */
export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw invalidParams(wrongType(value, "a sequence"));
    return value.map((item: unknown) => read(item));
  };
}

/** An object with any keys. */
export function mapOf<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) throw invalidParams(wrongType(value, "a map"));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, read(item)]));
  };
}

/** One of some names. */
export function oneOf<const T extends string>(...names: readonly T[]): Read<T> {
  return (value) => {
    if (typeof value !== "string") throw invalidParams(wrongType(value, "string or map"));
    const found = names.find((name) => name === value);
    if (found === undefined) throw invalidParams(unknownVariant(value, names));
    return found;
  };
}

/** Nothing: absent, null or `{}`. */
export const nothing: Read<undefined> = (value) => {
  if (value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)) return undefined;
  throw invalidParams(wrongType(value, "unit"));
};

/** A member of a struct: how it is read, and what stands for it when it is absent. */
export type Field<T> = { readonly read: Read<T> } | { readonly read: Read<T>; readonly absent: T };

/** A member that must be there. */
export function required<T>(read: Read<T>): Field<T> {
  return { read };
}

/** A member that may be absent or null. */
export function optional<T>(read: Read<T>): Field<T | undefined> {
  return { read: orNull(read), absent: undefined };
}

/** A member that may be absent, but not null. */
export function withDefault<T>(read: Read<T>, absent: T): Field<T> {
  return { read, absent };
}

/** The members of a struct, in the reference's order. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/**
 * An object with named members. Members that are not named are ignored. The first problem is reported in serde's
 * order: members as they come in the text, then what is missing in declared order.
 */
export function struct<T extends object>(name: string, fields: Fields<T>): Read<T> {
  return (value) => {
    if (!isObject(value)) throw invalidParams(wrongType(value, `struct ${name}`));
    const found: Partial<T> = {};
    for (const member of Object.keys(value)) {
      if (isKeyOf(fields, member)) readInto(found, member, fields[member], value[member]);
    }
    if (isComplete(found, fields)) return found;
    throw new Error(`${name} was not decoded`);
  };
}

function readInto<T, K extends keyof T>(found: Partial<T>, member: K, { read }: Field<T[K]>, value: unknown): void {
  found[member] = read(value);
}

/** Fills in what is absent, or says what is missing. */
function isComplete<T extends object>(found: Partial<T>, fields: Fields<T>): found is T {
  for (const member in fields) {
    if (!Object.hasOwn(fields, member) || Object.hasOwn(found, member)) continue;
    const field: Field<T[typeof member]> = fields[member];
    if (!("absent" in field)) throw invalidParams(missingField(member));
    found[member] = field.absent;
  }
  return true;
}

function isKeyOf<T extends object>(fields: T, name: string): name is keyof T & string {
  return Object.hasOwn(fields, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === "map";
}
