/** The loader of the prebuilt addon; `@lydell/node-pty` publishes it without types. */
declare module "@lydell/node-pty/requireBinary.js" {
  export function requireBinary(file: string): unknown;
}
