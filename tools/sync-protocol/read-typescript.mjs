// The reference describes its protocol twice. Its TypeScript keeps two things that its JSON Schema loses:
// the order in which members are declared (decoder errors name the first missing one in that order) and
// which optional-looking members are in fact always sent.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** @typedef {{ optional: boolean, literal: string | undefined, node: ts.TypeNode | undefined }} Member */
/** @typedef {Map<string, Member>} Shape */

/**
 * The type aliases of a generate-ts folder. Names of the `v2` folder win over the same name at the root,
 * as they do in the JSON Schema.
 */
export class Declarations {
  /** @type {Map<string, ts.TypeNode>} */
  #aliases = new Map();

  /** @param {string} directory */
  constructor(directory) {
    this.#read(directory);
    this.#read(path.join(directory, "v2"));
  }

  /** @param {string} directory */
  #read(directory) {
    for (const name of readdirSync(directory)) {
      if (!name.endsWith(".ts") || name === "index.ts") continue;
      const text = readFileSync(path.join(directory, name), "utf8");
      const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
      source.forEachChild((node) => {
        if (ts.isTypeAliasDeclaration(node)) this.#aliases.set(node.name.text, node.type);
      });
    }
  }

  /** @param {string} name */
  has(name) {
    return this.#aliases.has(name);
  }

  /**
   * The object shapes an alias can take: one for a struct, one per object variant of a union.
   * @param {string} name
   * @returns {Shape[]}
   */
  shapes(name) {
    const node = this.#aliases.get(name);
    return node === undefined ? [] : this.shapesOf(node);
  }

  /**
   * @param {ts.TypeNode} node
   * @returns {Shape[]}
   */
  shapesOf(node) {
    if (ts.isParenthesizedTypeNode(node)) return this.shapesOf(node.type);
    if (ts.isUnionTypeNode(node)) return node.types.flatMap((type) => this.shapesOf(type));
    if (ts.isTypeLiteralNode(node)) return [readLiteral(node)];
    if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) return this.shapes(node.typeName.text);
    if (ts.isIntersectionTypeNode(node)) {
      return node.types
        .map((type) => this.shapesOf(type))
        .filter((shapes) => shapes.length > 0)
        .reduce(combine, [new Map()]);
    }
    return [];
  }

  /**
   * Names of an enum's variants in declared order: plain strings, internal tags or the keys of externally tagged
   * objects. Empty for anything that is not an enum.
   * @param {string} name
   * @returns {string[]}
   */
  variantOrder(name) {
    const node = this.#aliases.get(name);
    if (node === undefined) return [];
    return unionMembers(node).flatMap((member) => {
      if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) return [member.literal.text];
      const shape = this.shapesOf(member)[0];
      if (shape === undefined) return [];
      const tag = [...shape.values()].find((entry) => entry.literal !== undefined)?.literal;
      const key = shape.size === 1 ? [...shape.keys()][0] : undefined;
      const variant = tag ?? key;
      return variant === undefined ? [] : [variant];
    });
  }

  /**
   * Method names of one of the message unions (ClientRequest, ServerNotification …), in declared order.
   * @param {string} name
   * @returns {string[]}
   */
  methods(name) {
    return this.shapes(name).map((shape) => {
      const method = shape.get("method")?.literal;
      if (method === undefined) throw new Error(`${name} has a member without a method name`);
      return method;
    });
  }
}

/**
 * @param {ts.TypeNode} node
 * @returns {readonly ts.TypeNode[]}
 */
function unionMembers(node) {
  if (ts.isParenthesizedTypeNode(node)) return unionMembers(node.type);
  if (ts.isUnionTypeNode(node)) return node.types;
  // A union with members common to all variants: `{ … } & ( A | B )`.
  if (ts.isIntersectionTypeNode(node)) return node.types.slice(-1).flatMap(unionMembers);
  return [node];
}

/**
 * @param {ts.TypeLiteralNode} node
 * @returns {Shape}
 */
function readLiteral(node) {
  /** @type {Shape} */
  const shape = new Map();
  for (const member of node.members) {
    if (!ts.isPropertySignature(member)) continue;
    const name = member.name.getText().replaceAll('"', "");
    const type = member.type;
    const literal =
      type && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? type.literal.text : undefined;
    shape.set(name, { optional: member.questionToken !== undefined, literal, node: type });
  }
  return shape;
}

/**
 * @param {Shape[]} left
 * @param {Shape[]} right
 */
function combine(left, right) {
  return left.flatMap((a) => right.map((b) => new Map([...a, ...b])));
}
