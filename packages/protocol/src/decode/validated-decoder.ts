import type { Decoder } from "./decoder.js";
import { explain } from "./explain.js";
import type { ShapeTable } from "./shape.js";
import type { ValidatorModule } from "./validator-module.js";

/** A decoder over the compiled validator of one method. */
export function validatedDecoder<T>(method: string, module: ValidatorModule): Decoder<T> {
  const entry = module.validators[method];
  if (entry === undefined) throw new Error(`no validator was generated for ${method}`);
  const [check, definition] = entry;
  const passes = (value: unknown): value is T => check(value);
  return (value) => (passes(value) ? { ok: true, value } : { ok: false, message: refusal(definition, value, module) });
}

function refusal(definition: string, value: unknown, module: ValidatorModule): string {
  const table: ShapeTable = JSON.parse(module.shapes);
  // Validators and shapes come from the same schema. The fallback is for a disagreement no test has found.
  return explain({ k: "ref", to: definition }, value, table) ?? `invalid value, expected struct ${definition}`;
}
