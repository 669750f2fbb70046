import type { Decoder } from "./decoder.js";
import { isObject } from "../json-object.js";
import { missingField, wrongType } from "./wording.js";

/**
 * For methods without params: absent, null and the empty object are all the same nothing. Anything else is refused,
 * also an object with unknown members.
 */
export function noParamsDecoder<T>(): Decoder<T> {
  const isNothing = isAbsent<T>;
  return (params) => {
    const normal = params === null || (isObject(params) && Object.keys(params).length === 0) ? undefined : params;
    return isNothing(normal) ? { ok: true, value: normal } : { ok: false, message: wrongType(params, "unit") };
  };
}

/** For methods whose params may be left out: absent and null decode to undefined. */
export function optionalParamsDecoder<T>(decode: Decoder<T>): Decoder<T> {
  const isNothing = isAbsent<T>;
  return (params) => {
    const normal = params ?? undefined;
    return isNothing(normal) ? { ok: true, value: normal } : decode(normal);
  };
}

/** For methods whose params must be there. */
export function requiredParamsDecoder<T>(decode: Decoder<T>): Decoder<T> {
  return (params) =>
    params === undefined || params === null ? { ok: false, message: missingField("params") } : decode(params);
}

/** Undefined is a value of `T` wherever the generated types say that params may be undefined. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the predicate is the use
function isAbsent<T>(params: unknown): params is T {
  return params === undefined;
}
