import { getSystemErrorMap } from "node:util";

import { messageOf, RpcError, rpcCodes } from "@switchboard/protocol";

/** Codes that only the exec-server protocol has. */
export const execCodes = {
  /** A file, or an open file's handle, does not exist. */
  notFound: -32004,
  /** The session to resume has a connection. */
  sessionAttached: -32010,
} as const;

/** The C library's words where libuv has others. */
const words: Readonly<Record<string, string>> = {
  EEXIST: "File exists",
  EISDIR: "Is a directory",
  ELOOP: "Symbolic link loop",
  ENOTDIR: "Not a directory",
  ENXIO: "No such device or address",
};

/** Whether something failed because of what the system answered, with its code, for example `ENOENT`. */
export function isSystemError(error: unknown): error is Error & { readonly code: string; readonly errno: number } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    "errno" in error &&
    typeof error.errno === "number"
  );
}

/** The system's reason as the reference words it: `No such file or directory (os error 2)`. It names no path. */
export function systemReason(error: unknown): string {
  if (!isSystemError(error)) return messageOf(error);
  const described = getSystemErrorMap().get(error.errno)?.[1] ?? error.code;
  const reason = words[error.code] ?? `${described.charAt(0).toUpperCase()}${described.slice(1)}`;
  return `${reason} (os error ${Math.abs(error.errno)})`;
}

/** The answer for a file operation that the system refused. */
export function fileError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const code = isSystemError(error) ? fileCodes[error.code] : undefined;
  return new RpcError(code ?? rpcCodes.internal, systemReason(error));
}

const fileCodes: Readonly<Record<string, number>> = {
  ENOENT: execCodes.notFound,
  EACCES: rpcCodes.invalidRequest,
  EPERM: rpcCodes.invalidRequest,
};
