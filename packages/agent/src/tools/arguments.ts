import { isJsonObject, type JsonObject } from "@switchboard/client";
import { messageOf } from "@switchboard/protocol";

import type { ToolCall } from "../turn/tools.js";
import { ToolRefusal } from "./tool.js";

/** The arguments of a function call, read one by one. Every method throws a {@link ToolRefusal} that names the fault. */
export class ToolArguments {
  readonly #values: JsonObject;

  private constructor(values: JsonObject) {
    this.#values = values;
  }

  /** Reads the JSON that the model wrote. */
  static of(call: ToolCall): ToolArguments {
    const value = parseArguments(call);
    if (!isJsonObject(value)) throw broken(`invalid type: ${kindOf(value)}, expected an object`);
    return new ToolArguments(value);
  }

  string(name: string): string {
    return this.optionalString(name) ?? missing(name);
  }

  optionalString(name: string): string | undefined {
    const value = this.#get(name);
    return value === undefined || typeof value === "string" ? value : wrong(name, value, "a string");
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#get(name);
    return value === undefined || typeof value === "number" ? value : wrong(name, value, "a number");
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? missing(name);
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#get(name);
    return value === undefined || typeof value === "boolean" ? value : wrong(name, value, "a boolean");
  }

  optionalOneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.optionalString(name);
    if (value === undefined) return undefined;
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    throw broken(`unknown variant \`${value}\`, expected ${allowed.map((each) => `\`${each}\``).join(" or ")}`);
  }

  optionalStrings(name: string): readonly string[] | undefined {
    return this.optionalList(name)?.map((each) =>
      typeof each === "string" ? each : wrong(name, each, "a list of strings"),
    );
  }

  strings(name: string): readonly string[] {
    return this.optionalStrings(name) ?? missing(name);
  }

  optionalList(name: string): readonly unknown[] | undefined {
    const value = this.#get(name);
    return value === undefined || Array.isArray(value) ? value : wrong(name, value, "a list");
  }

  /** A list of objects. */
  objects(name: string): readonly ToolArguments[] {
    const list = this.optionalList(name) ?? missing(name);
    return list.map((each) => (isJsonObject(each) ? new ToolArguments(each) : wrong(name, each, "a list of objects")));
  }

  optionalObject(name: string): ToolArguments | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    return isJsonObject(value) ? new ToolArguments(value) : wrong(name, value, "an object");
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }
}

/** The JSON that the model wrote; nothing counts as an empty object. @throws {@link ToolRefusal} */
export function parseArguments(call: ToolCall): unknown {
  const text = call.type === "function_call" ? call.arguments : call.input;
  try {
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw broken(messageOf(error));
  }
}

function missing(name: string): never {
  throw broken(`missing field \`${name}\``);
}

function wrong(name: string, value: unknown, expected: string): never {
  throw broken(`invalid type for \`${name}\`: ${kindOf(value)}, expected ${expected}`);
}

function broken(what: string): ToolRefusal {
  return new ToolRefusal(`failed to parse function arguments: ${what}`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
