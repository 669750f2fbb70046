import type { StringShape } from "./shape.js";
import { isWrittenAsInteger } from "./unexpected.js";
import { wrongType, wrongValue } from "./wording.js";

// Must agree with ABSOLUTE_PATH of tools/sync-protocol: a test compares explanations with the compiled validators.
const absolutePath = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** What is wrong with a string, if anything. */
export function explainString({ is }: StringShape, value: unknown): string | undefined {
  if (typeof value !== "string")
    return wrongType(value, is === "path" || is === "absolutePath" ? "path string" : "a string");
  if (is === "filled" && value === "") return "reasoning_effort must not be empty";
  if (is === "absolutePath" && !absolutePath.test(value)) return "AbsolutePathBuf deserialized without a base path";
  return undefined;
}

// 64-bit integers stop where JavaScript numbers stop being exact.
const ranges: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  u64: [0, Number.MAX_SAFE_INTEGER],
  usize: [0, Number.MAX_SAFE_INTEGER],
};

/** What is wrong with an integer of a Rust type, if anything. */
export function explainInteger(as: string, value: unknown): string | undefined {
  if (typeof value !== "number" || !isWrittenAsInteger(value)) return wrongType(value, as);
  const [minimum, maximum] = ranges[as] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return value >= minimum && value <= maximum ? undefined : wrongValue(value, as);
}
