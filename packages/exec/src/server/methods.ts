import type { IncomingRequest } from "@switchboard/protocol";

import type { EnvironmentInfo } from "../environment/environment-info.js";
import { nothing, type Read } from "../decode/read.js";
import { fileError } from "../errors.js";
import { readFile, writeFile } from "../files/contents.js";
import { copy } from "../files/copy.js";
import { createDirectory, readDirectory, remove } from "../files/folders.js";
import { canonicalize, getMetadata } from "../files/metadata.js";
import type { MissingPaths } from "../files/missing-paths.js";
import type { OpenFiles } from "../files/open-files.js";
import { walk } from "../files/walk.js";
import type { HttpRequests } from "../http/index.js";
import type { ProcessTable } from "../processes/index.js";
import * as params from "./params.js";

/** What an answer can be made from. */
export interface Context {
  readonly environment: EnvironmentInfo;
  readonly processes: ProcessTable;
  readonly files: OpenFiles;
  readonly missing: MissingPaths;
  readonly http: HttpRequests;
  readonly request: IncomingRequest;
}

/** A method of the protocol, `initialize` apart. */
export interface Method {
  /** What the method belongs to, as the refusals before the handshake call it. */
  readonly family: string;
  /** Decodes the params. @throws RpcError -32602 */
  readonly prepare: (params: unknown) => (context: Context) => unknown;
}

type Answer<P> = (decoded: P, context: Context) => unknown;

function method<P>(family: string, read: Read<P>, answer: Answer<P>): Method {
  return {
    family,
    prepare: (given) => {
      const decoded = read(given);
      return (context) => answer(decoded, context);
    },
  };
}

const exec = <P>(read: Read<P>, answer: Answer<P>) => method("exec", read, answer);

/** Failures of the system become the codes of the protocol. */
const file = <P>(read: Read<P>, answer: (decoded: P, context: Context) => Promise<unknown>) =>
  method("filesystem", read, async (decoded, context) => {
    try {
      return await answer(decoded, context);
    } catch (error) {
      throw fileError(error);
    }
  });

/** The method whose requests may overtake others. */
export const httpRequest = "http/request";

/** The methods by name. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ["environment/info", method("environment info", nothing, (_, { environment }) => environment)],
  ["environment/status", method("environment status", nothing, () => ({ status: "ready" }))],
  ["process/start", exec(params.processStartParams, (each, { processes }) => processes.start(each))],
  [
    "process/read",
    exec(params.processReadParams, (each, { processes, request }) => processes.read(each, request.signal)),
  ],
  ["process/write", exec(params.processWriteParams, (each, { processes }) => processes.write(each))],
  ["process/signal", exec(params.processSignalParams, (each, { processes }) => processes.signal(each))],
  ["process/terminate", exec(params.processTerminateParams, (each, { processes }) => processes.terminate(each))],
  ["fs/readFile", file(params.readFileParams, readFile)],
  ["fs/writeFile", file(params.writeFileParams, writeFile)],
  ["fs/createDirectory", file(params.createDirectoryParams, createDirectory)],
  ["fs/getMetadata", file(params.getMetadataParams, getMetadata)],
  ["fs/canonicalize", file(params.canonicalizeParams, canonicalize)],
  ["fs/readDirectory", file(params.readDirectoryParams, readDirectory)],
  ["fs/walk", file(params.walkParams, (each, { request }) => walk(each, request.signal))],
  ["fs/remove", file(params.removeParams, remove)],
  ["fs/copy", file(params.copyParams, copy)],
  ["fs/open", file(params.openParams, (each, { files }) => files.open(each))],
  ["fs/readBlock", file(params.readBlockParams, (each, { files }) => files.readBlock(each))],
  ["fs/writeBlock", file(params.writeBlockParams, (each, { files }) => files.writeBlock(each))],
  ["fs/close", file(params.closeParams, (each, { files }) => files.close(each))],
  ["fs/watchMissing", file(params.watchMissingParams, (each, { missing }) => missing.start(each))],
  [
    httpRequest,
    method("http", params.httpRequestParams, (each, { http, request }) =>
      http.request(each, request.signal, (begin) => request.afterReply(begin)),
    ),
  ],
]);
