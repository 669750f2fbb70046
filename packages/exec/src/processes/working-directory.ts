import { RpcError, rpcCodes } from "@switchboard/protocol";

import { path } from "../files/path-uri.js";

/**
 * The directory that a `file:` URI names on this machine.
 *
 * @throws {@link RpcError} -32602, with the reference's texts; what is only wrong on this machine is said of the
 *   member, unlike the paths of files.
 */
export function workingDirectory(uri: string): string {
  try {
    return path(uri);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== rpcCodes.invalidRequest) throw error;
    throw new RpcError(
      rpcCodes.invalidParams,
      `cwd URI \`${uri}\` is not valid on this exec-server host: ${error.message}`,
    );
  }
}
