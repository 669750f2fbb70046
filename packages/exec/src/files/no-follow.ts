import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import { RpcError, rpcCodes } from "@switchboard/protocol";

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Goes to the folder of a path without following any symbolic link, and calls `action` with a path to the last
 * member that cannot be redirected meanwhile. A link on the way is ENOTDIR; what the last member is, `action` has to
 * look at itself.
 *
 * @param onFolder called with each folder on the way before it is opened, so that it can be made.
 * @throws RpcError -32603 outside Linux, where Node has no way to open relative to an open folder.
 */
export async function withoutFollowing<T>(
  path: string,
  action: (member: string) => Promise<T>,
  onFolder: (folder: string) => Promise<void> = async () => undefined,
): Promise<T> {
  if (process.platform !== "linux") {
    throw new RpcError(rpcCodes.internal, "followSymlinks: false is only supported on Linux");
  }
  const names = path.split("/").filter((name) => name !== "");
  const last = names.pop();
  let folder = await open("/", folderFlags);
  try {
    for (const name of names) {
      const member = memberOf(folder, name);
      await onFolder(member);
      const next = await open(member, folderFlags);
      await folder.close();
      folder = next;
    }
    return await action(last === undefined ? "/" : memberOf(folder, last));
  } finally {
    await folder.close();
  }
}

/** The kernel resolves this against the open folder, wherever its path leads by now: `openat` for Node. */
function memberOf({ fd }: FileHandle, name: string): string {
  return `/proc/self/fd/${fd}/${name}`;
}
