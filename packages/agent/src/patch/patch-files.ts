/** What stands under a path. */
export type FileNode =
  | {
      readonly type: "file";
      readonly content: Buffer;
      /** Permission bits. `undefined` when written: as the file there has them, or the default for a new one. */
      readonly mode: number | undefined;
    }
  | { readonly type: "link"; readonly target: string };

/**
 * The files a patch reads and writes. Paths are absolute. Failures are thrown as Node's `fs` throws them (`code`,
 * `errno`), or as any error with a message for the model.
 */
export interface PatchFiles {
  /**
   * What stands under the path; a symbolic link as such. `undefined` if there is nothing. Throws for what is neither,
   * and for a file that is too large to be changed.
   */
  read(path: string): Promise<FileNode | undefined>;
  /** The path without any symbolic link in it, as far as it exists; where a dangling link leads. */
  realPath(path: string): Promise<string>;
  /**
   * Puts a file or a link in the place of what is there, whole or not at all, and never through a link. Returns the
   * folders that had to be made, outermost first.
   */
  write(path: string, node: FileNode): Promise<readonly string[]>;
  /** Takes away a file or a link. */
  remove(path: string): Promise<void>;
  /** Takes away a folder if it is empty, and otherwise leaves it. */
  removeFolder(path: string): Promise<void>;
}
