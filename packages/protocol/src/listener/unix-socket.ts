import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

import { SwitchboardError } from "../errors.js";

/** Longest path that fits `sockaddr_un` everywhere: 108 bytes on Linux, 104 on macOS, with the final NUL. */
const maxPathBytes = process.platform === "darwin" ? 103 : 107;

/**
 * Makes `path` free to listen on: removes a socket that nobody answers on any more, and refuses to
 * touch anything else, above all a socket that answers.
 *
 * @throws {@link SwitchboardError} `unix_socket_in_use`, `unix_socket_blocked` or `unix_socket_path_too_long`
 */
export async function clearUnixSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new SwitchboardError({
      code: "unix_socket_path_too_long",
      message: `the unix socket path ${path} is longer than ${maxPathBytes} bytes, the most the system takes; choose a shorter one`,
    });
  }
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new SwitchboardError({
      code: "unix_socket_blocked",
      message: `${path} exists and is not a socket; it was left alone. Choose another path or move it away`,
    });
  }
  if (await answers(path)) {
    throw new SwitchboardError({
      code: "unix_socket_in_use",
      message: `another server answers on ${path}; stop it or choose another path`,
    });
  }
  await unlink(path);
}

/** Only a refused connection proves that the socket is stale; any doubt counts as an answer. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
