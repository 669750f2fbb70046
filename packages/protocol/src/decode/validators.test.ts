import { describe, expect, test } from "vitest";
import { loadResponseValidators, validatorModules } from "../generated/validator-modules.js";
import { registry } from "../registry/registry.js";
import { explain } from "./explain.js";
import type { Shape, ShapeTable } from "./shape.js";
import type { ValidatorModule } from "./validator-module.js";

interface Subject {
  readonly method: string;
  readonly check: (value: unknown) => boolean;
  readonly shape: Shape;
  readonly table: ShapeTable;
}

const modules = await Promise.all([...Object.values(validatorModules).map((load) => load()), loadResponseValidators()]);
const subjects = modules.flatMap(subjectsOf);

function subjectsOf(module: ValidatorModule): Subject[] {
  const table: ShapeTable = JSON.parse(module.shapes);
  return Object.entries(module.validators).map(([method, [check, definition]]) => ({
    method,
    check,
    shape: { k: "ref", to: definition },
    table,
  }));
}

test("there is a validator for every method with params and for every server request's answer", () => {
  const expected = [
    ...[...registry.clientRequests].filter(({ params }) => params !== undefined).map(({ method }) => method),
    ...registry.serverRequests.methods(),
  ];
  expect(subjects.map(({ method }) => method).sort()).toEqual(expected.sort());
});

describe.each(subjects)("$method", ({ check, shape, table }) => {
  test("accepts the least and the most a client can send", () => {
    for (const isFull of [false, true]) {
      const value = sample(shape, table, isFull);
      expect({ value, accepted: check(value) }).toEqual({ value, accepted: true });
    }
  });

  test("is refused by the compiled validator exactly when there is something to explain", () => {
    const values = [sample(shape, table, false), ...variations(shape, table)];
    for (const value of values.flatMap((base) => [base, ...mutations(base)])) {
      const problem = explain(shape, value, table);
      expect(check(value), `${JSON.stringify(value)}: ${problem ?? "fine"}`).toBe(problem === undefined);
    }
  });
});

/** A valid value: with required members only, or with everything a few levels down. */
function sample(shape: Shape, table: ShapeTable, isFull: boolean, depth = 0): unknown {
  const goesOn = isFull && depth < 8;
  const inner = (next: Shape): unknown => sample(next, table, isFull, depth + 1);
  switch (shape.k) {
    case "any":
      return { anything: 1 };
    case "boolean":
      return true;
    case "float":
      return 1.5;
    case "integer":
      return 1;
    case "string":
      return "/text";
    case "option":
      return goesOn ? inner(shape.of) : null;
    case "sequence":
      return goesOn ? [inner(shape.of)] : [];
    case "map":
      return goesOn ? { key: inner(shape.of) } : {};
    case "ref":
      return inner(named(shape.to, table));
    case "struct":
      return Object.fromEntries(
        shape.members.filter(([, , required]) => required || goesOn).map(([name, member]) => [name, inner(member)]),
      );
    case "flat":
      return Object.assign({}, inner(shape.base), inner(shape.of));
    case "external":
    case "internal":
    case "untagged":
      return variants(shape, table, isFull, depth)[0];
  }
}

type EnumShape = Extract<Shape, { k: "external" | "internal" | "untagged" }>;

/** One valid value per variant. */
function variants(shape: EnumShape, table: ShapeTable, isFull: boolean, depth: number): unknown[] {
  const inner = (next: Shape): unknown => sample(next, table, isFull, depth + 1);
  if (shape.k === "untagged") return shape.of.map(inner);
  if (shape.k === "internal") {
    return Object.entries(shape.variants).map(([name, variant]) =>
      Object.assign({ [shape.tag]: name }, inner(variant)),
    );
  }
  return Object.entries(shape.variants).map(([name, payload]) =>
    payload === null ? name : { [name]: inner(payload) },
  );
}

/** Valid values that differ from the least one in one member, or are another variant. */
function variations(shape: Shape, table: ShapeTable): unknown[] {
  if (shape.k === "ref") return variations(named(shape.to, table), table);
  if (shape.k === "internal" || shape.k === "external" || shape.k === "untagged") {
    return [...variants(shape, table, false, 0), ...variants(shape, table, true, 0)];
  }
  if (shape.k !== "struct") return [];
  return shape.members.flatMap(([name, member]) =>
    memberVariations(member, table).map((value) => Object.assign({}, sample(shape, table, false), { [name]: value })),
  );
}

function memberVariations(shape: Shape, table: ShapeTable): unknown[] {
  if (shape.k === "option") return [null, ...memberVariations(shape.of, table)];
  if (shape.k === "sequence") return memberVariations(shape.of, table).map((item) => [item]);
  if (shape.k === "map") return memberVariations(shape.of, table).map((item) => ({ key: item }));
  const own = variations(shape, table);
  return own.length > 0 ? own : [sample(shape, table, true)];
}

const intruders: readonly unknown[] = [
  null,
  true,
  5,
  -1,
  1.5,
  70_000,
  5e9,
  1e300,
  "",
  "zzz",
  "~/x",
  [],
  {},
  [1],
  { zz: 1 },
];

/** The value with each part replaced by each intruder, and with each member left out. */
function mutations(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return [
      ...intruders,
      ...value.flatMap((item, index) => mutations(item).map((mutant) => value.with(index, mutant))),
    ];
  }
  if (typeof value !== "object" || value === null) return [...intruders];
  const entries = Object.entries(value);
  return [
    ...intruders,
    ...entries.map(([name]) => Object.fromEntries(entries.filter(([other]) => other !== name))),
    ...entries.flatMap(([name, member]) => mutations(member).map((mutant) => ({ ...value, [name]: mutant }))),
  ];
}

function named(name: string, table: ShapeTable): Shape {
  const shape = table[name];
  if (shape === undefined) throw new Error(`no shape ${name}`);
  return shape;
}
