/** Whether a path is another or lies in it. Both are absolute and have no `.`, `..` or symbolic links in them. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
