import { base64 } from "../decode/base64.js";
import {
  flag,
  list,
  mapOf,
  oneOf,
  optional,
  required,
  struct,
  text,
  unsigned,
  withDefault,
  type Field,
} from "../decode/read.js";
import { noSandbox } from "../decode/sandbox.js";
import type { ReadFileParams, WriteFileParams } from "../files/contents.js";
import type { CopyParams } from "../files/copy.js";
import type { CreateDirectoryParams, RemoveParams } from "../files/folders.js";
import type { WatchMissingParams } from "../files/missing-paths.js";
import type { OpenParams } from "../files/open-files.js";
import { path } from "../files/path-uri.js";
import type { WalkOptions } from "../files/walk.js";
import type { HttpHeader, HttpRequestParams } from "../http/index.js";
import type {
  EnvironmentPolicy,
  ProcessReadParams,
  ProcessSignalParams,
  ProcessStartParams,
  ProcessTerminateParams,
  ProcessWriteParams,
} from "../processes/index.js";

// The params of every method. The names of the structs are the reference's, which its texts contain. `cwd` and the
// base64 of processes and HTTP bodies are handed on as text: those who take them decode them.

const u64 = unsigned("u64");
const usize = unsigned("usize");
/** For members that are judged elsewhere. */
const anything: Field<unknown> = { read: (value) => value, absent: undefined };
/** Members of file methods that are checked and then of no more use. */
interface Sandboxed {
  readonly sandbox: undefined;
}
const sandbox: Field<undefined> = withDefault(noSandbox, undefined);
const followSymlinks = optional(flag);

/** What `initialize` takes. */
export interface InitializeParams {
  readonly clientName: string;
  readonly resumeSessionId: string | undefined;
}

/** `initialize` */
export const initializeParams = struct<InitializeParams>("InitializeParams", {
  clientName: required(text),
  resumeSessionId: optional(text),
});

/** `process/start` */
export const processStartParams = struct<ProcessStartParams>("WireExecParams", {
  processId: required(text),
  argv: required(list(text)),
  cwd: required(text),
  envPolicy: optional(
    struct<EnvironmentPolicy>("ExecEnvPolicy", {
      inherit: required(oneOf("core", "all", "none")),
      ignoreDefaultExcludes: required(flag),
      exclude: required(list(text)),
      set: required(mapOf(text)),
      includeOnly: required(list(text)),
    }),
  ),
  env: required(mapOf(text)),
  tty: required(flag),
  pipeStdin: withDefault(flag, false),
  arg0: optional(text),
  sandbox: anything,
  enforceManagedNetwork: withDefault(flag, false),
  managedNetwork: anything,
  networkProxy: anything,
  credentialProviders: anything,
  shellSnapshot: anything,
});

/** `process/read` */
export const processReadParams = struct<ProcessReadParams>("ReadParams", {
  processId: required(text),
  afterSeq: optional(u64),
  maxBytes: optional(usize),
  waitMs: optional(u64),
});

/** `process/write` */
export const processWriteParams = struct<ProcessWriteParams>("WriteParams", {
  processId: required(text),
  chunk: required(text),
  writeId: required(text),
});

/** `process/signal` */
export const processSignalParams = struct<ProcessSignalParams>("SignalParams", {
  processId: required(text),
  signal: required(oneOf("interrupt")),
});

/** `process/terminate` */
export const processTerminateParams = struct<ProcessTerminateParams>("TerminateParams", { processId: required(text) });

/** `fs/readFile` */
export const readFileParams = struct<ReadFileParams & Sandboxed>("WireFsReadFileParams", {
  path: required(path),
  followSymlinks,
  sandbox,
});

/** `fs/writeFile` */
export const writeFileParams = struct<WriteFileParams & Sandboxed>("WireFsWriteFileParams", {
  path: required(path),
  dataBase64: required(text),
  followSymlinks,
  sandbox,
});

/** `fs/createDirectory` */
export const createDirectoryParams = struct<CreateDirectoryParams & Sandboxed>("WireFsCreateDirectoryParams", {
  path: required(path),
  recursive: optional(flag),
  followSymlinks,
  sandbox,
});

/** `fs/getMetadata` */
export const getMetadataParams = struct<ReadFileParams & Sandboxed>("WireFsGetMetadataParams", {
  path: required(path),
  followSymlinks,
  sandbox,
});

const pathOnly = { path: required(path), sandbox };

/** `fs/canonicalize` */
export const canonicalizeParams = struct<{ readonly path: string } & Sandboxed>("WireFsCanonicalizeParams", pathOnly);

/** `fs/readDirectory` */
export const readDirectoryParams = struct<{ readonly path: string } & Sandboxed>("WireFsReadDirectoryParams", pathOnly);

/** `fs/walk` */
export const walkParams = struct<{ readonly path: string; readonly options: WalkOptions } & Sandboxed>(
  "WireFsWalkParams",
  {
    path: required(path),
    options: required(
      struct<WalkOptions>("WalkOptions", {
        maxDepth: required(usize),
        maxDirectories: required(usize),
        maxEntries: required(usize),
        followDirectorySymlinks: required(flag),
        pruneHiddenDirectories: withDefault(flag, false),
      }),
    ),
    sandbox,
  },
);

/** `fs/remove` */
export const removeParams = struct<RemoveParams & Sandboxed>("WireFsRemoveParams", {
  path: required(path),
  recursive: optional(flag),
  force: optional(flag),
  followSymlinks,
  sandbox,
});

/** `fs/copy` */
export const copyParams = struct<CopyParams & Sandboxed>("WireFsCopyParams", {
  sourcePath: required(path),
  destinationPath: required(path),
  recursive: required(flag),
  sandbox,
});

/** `fs/open` */
export const openParams = struct<OpenParams & Sandboxed>("WireFsOpenParams", {
  handleId: required(text),
  path: required(path),
  mode: withDefault(oneOf("read", "replace"), "read"),
  sandbox,
});

/** `fs/readBlock` */
export const readBlockParams = struct<{ readonly handleId: string; readonly offset: number; readonly len: number }>(
  "FsReadBlockParams",
  { handleId: required(text), offset: required(u64), len: required(usize) },
);

/** `fs/writeBlock` */
export const writeBlockParams = struct<{ readonly handleId: string; readonly offset: number; readonly chunk: Buffer }>(
  "FsWriteBlockParams",
  { handleId: required(text), offset: required(u64), chunk: required(base64) },
);

/** `fs/close` */
export const closeParams = struct<{ readonly handleId: string }>("FsCloseParams", { handleId: required(text) });

/** `fs/watchMissing` */
export const watchMissingParams = struct<WatchMissingParams>("FsWatchMissingParams", {
  watchId: required(u64),
  missing: required(list(path)),
  present: optional(path),
});

/** `http/request` */
export const httpRequestParams = struct<HttpRequestParams>("HttpRequestParams", {
  method: required(text),
  url: required(text),
  headers: withDefault(
    list(
      struct<HttpHeader>("HttpHeader", { name: required(text), value: required(text), valueEnvVar: optional(text) }),
    ),
    [],
  ),
  bodyBase64: optional(text),
  timeoutMs: optional(u64),
  redirectPolicy: withDefault(oneOf("follow", "stop"), "follow"),
  requestId: required(text),
  streamResponse: withDefault(flag, false),
});
