/**
 * What a value must look like, as far as the words of a refusal need it. Generated from the protocol schema; the
 * compiled validators decide, this only explains. Names are short because the text is loaded with the validators.
 */
export type Shape =
  | { readonly k: "any" }
  | { readonly k: "boolean" }
  | { readonly k: "float" }
  | StringShape
  /** `as`: the Rust type, which gives the range. */
  | { readonly k: "integer"; readonly as: string }
  /** Also null. */
  | { readonly k: "option"; readonly of: Shape }
  | { readonly k: "sequence"; readonly of: Shape }
  | { readonly k: "map"; readonly of: Shape }
  | StructShape
  | ExternalShape
  | InternalShape
  | UntaggedShape
  /** A struct with an untagged enum flattened into it. */
  | { readonly k: "flat"; readonly base: StructShape; readonly of: UntaggedShape }
  /** Another definition of the same table. */
  | { readonly k: "ref"; readonly to: string };

/** A string; `is` says what more it has to be. */
export interface StringShape {
  readonly k: "string";
  readonly is?: "path" | "absolutePath" | "filled";
}

/** An object with named members, in declared order: name, shape, whether it must be there. */
export interface StructShape {
  readonly k: "struct";
  readonly name: string;
  readonly members: ReadonlyArray<readonly [name: string, shape: Shape, required: boolean]>;
  /** Members that are not named are refused. */
  readonly closed?: true;
}

/** An enum written as the variant's name, or as an object with that name as its only key. Null: a plain name. */
export interface ExternalShape {
  readonly k: "external";
  readonly variants: Readonly<Record<string, Shape | null>>;
}

/** An enum of objects told apart by one member. */
export interface InternalShape {
  readonly k: "internal";
  readonly name: string;
  readonly tag: string;
  readonly variants: Readonly<Record<string, Shape>>;
  /** An unknown tag is let through. */
  readonly open?: true;
}

/** An enum whose variants are tried one after the other. */
export interface UntaggedShape {
  readonly k: "untagged";
  readonly name: string;
  readonly of: readonly Shape[];
}

/** Definitions by name. */
export type ShapeTable = Readonly<Record<string, Shape>>;
