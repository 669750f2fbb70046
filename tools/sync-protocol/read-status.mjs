// The hand-edited list of what we implement is TypeScript of packages/protocol. It imports nothing but types, so it
// can be run as it stands once those are gone.

import { readFileSync } from "node:fs";
import ts from "typescript";
import { inRepository, STATUS_FILE } from "./committed-files.mjs";

/** @typedef {"clientRequest" | "serverRequest" | "serverNotification" | "clientNotification"} MessageKind */

/** @returns {Promise<Record<MessageKind, ReadonlySet<string>>>} implemented methods by kind of message */
export async function readImplemented() {
  const source = readFileSync(inRepository(STATUS_FILE), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  const { implemented } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  return implemented;
}
