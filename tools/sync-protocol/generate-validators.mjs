// packages/protocol/src/generated/validators/*.ts: ajv standalone code, one module per method family, and the map
// that loads a module on first use.

import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { toShape } from "./decode-shapes.mjs";
import { GENERATED_NOTICE } from "./generate-types.mjs";
import { reachable } from "./reachability.mjs";
import { stripErrors } from "./strip-errors.mjs";
import { validatorSchema } from "./validator-schema.mjs";

/** @typedef {import("./schema-model.d.ts").CommittedSchema} CommittedSchema */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */

/**
 * A validator with more code than this has a module of its own: whoever calls `thread/list` should not load the
 * whole item model behind `thread/resume`.
 */
const LARGE = 12_000;

/** The results of all server requests: few and small. */
const RESPONSES = "server-responses";

/**
 * @param {CommittedSchema} schema
 * @returns {Map<string, string>} content by path inside the generated folder
 */
export function generateValidators({ definitions, manifest }) {
  /** @type {Map<string, Map<string, string>>} definition by method, by module */
  const modules = new Map();
  const put = (/** @type {string} */ module, /** @type {string} */ method, /** @type {string} */ definition) => {
    modules.set(module, (modules.get(module) ?? new Map()).set(method, definition));
  };
  for (const { method, params } of manifest.clientRequests) {
    if (params === null) continue;
    const isLarge = compile(new Map([[method, params]]), definitions).length > LARGE;
    put(isLarge ? method : family(method), method, params);
  }
  for (const { method, response } of manifest.serverRequests) put(RESPONSES, method, response);

  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [module, methods] of modules)
    files.set(`validators/${fileName(module)}.ts`, renderModule(methods, definitions));
  files.set("validator-modules.ts", renderModuleMap([...modules.keys()].filter((module) => module !== RESPONSES)));
  return files;
}

/** @param {string} method */
function family(method) {
  return method.split("/")[0] ?? method;
}

/** @param {string} module */
function fileName(module) {
  return module.replaceAll("/", "-").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * @param {ReadonlyMap<string, string>} methods
 * @param {Definitions} definitions
 */
function compile(methods, definitions) {
  const ajv = new Ajv.default({
    // `lines` keeps the committed code diffable; the bundler minifies.
    code: { source: true, esm: true, lines: true, optimize: 2 },
    messages: false,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  });
  for (const name of reachable(methods.values(), definitions)) {
    ajv.addSchema(validatorSchema(name, definitions[name] ?? true));
  }
  const names = [...new Set(methods.values())];
  const code = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  if (/\brequire\(|\bimport\b/.test(code)) throw new Error("generated validators must not import anything");
  return withoutUnusedSchemas(stripErrors(code));
}

/**
 * ajv keeps each schema as a constant for its error descriptions.
 * @param {string} code
 */
function withoutUnusedSchemas(code) {
  return code
    .replaceAll(/\/\*# sourceURL="[^"]*" \*\/;?/g, "")
    .replaceAll(/^const (schema\d+) = .*;$/gm, (line, name) =>
      code.split(new RegExp(`\\b${name}\\b`)).length > 2 ? line : "",
    )
    .replaceAll(/^"use strict";\s*/g, "")
    .replaceAll(/\n{2,}/g, "\n");
}

/**
 * @param {ReadonlyMap<string, string>} methods
 * @param {Definitions} definitions
 */
function renderModule(methods, definitions) {
  const code = compile(methods, definitions).replaceAll(/^export const (\w+) = (validate\d+);$/gm, "const $1 = $2;");
  const entries = [...methods].map(
    ([method, definition]) => `  ${JSON.stringify(method)}: [${definition}, ${JSON.stringify(definition)}],`,
  );
  const names = [...reachable(methods.values(), definitions)].sort();
  const shapes = Object.fromEntries(names.map((name) => [name, toShape(definitions[name] ?? true, name)]));
  return `${GENERATED_NOTICE}
// @ts-nocheck ajv standalone code
${code.trim()}

export const validators: import("../../decode/validator-module.js").ValidatorModule["validators"] = {
${entries.join("\n")}
};

export const shapes: string = ${JSON.stringify(JSON.stringify(shapes))};
`;
}

/** @param {string[]} modules */
function renderModuleMap(modules) {
  const lines = modules.map(
    (module) => `  ${JSON.stringify(module)}: () => import("./validators/${fileName(module)}.js"),`,
  );
  return `${GENERATED_NOTICE}

import type { ValidatorModule } from "../decode/validator-module.js";

/**
 * Validators of request params: by method where one is large enough for a module of its own, otherwise by family (the
 * method's first segment). The imports are literal so that a bundler can split them.
 */
export const validatorModules: Readonly<Record<string, () => Promise<ValidatorModule>>> = {
${lines.join("\n")}
};

/** Validators of what clients answer to the server's requests. */
export const loadResponseValidators = (): Promise<ValidatorModule> => import("./validators/${fileName(RESPONSES)}.js");
`;
}
