import type { Sandbox } from "../sandbox/sandbox.js";

/** How programs and systems word that something is not allowed. Compared without case. */
const refusals = [
  "operation not permitted",
  "permission denied",
  "read-only file system",
  "eperm",
  "erofs",
  "eacces",
  // Protected places are mount points, which can neither be moved nor linked to.
  "device or resource busy",
  "ebusy",
  "cross-device link",
  "exdev",
  "bwrap: ",
  "sandbox-exec: ",
];

/** How programs say that they got no network. */
const networkFailures = [
  "network is unreachable",
  "could not resolve",
  "couldn't resolve",
  "couldn't connect to server",
  "failed to connect",
  "temporary failure in name resolution",
  "name or service not known",
  "getaddrinfo",
  "enotfound",
  "eai_again",
  "enetunreach",
  "socket: ",
];

/** Characters at the end of the output in which a reason is looked for. */
const maxLooked = 64 * 1024;

/** The exit code of a program that was killed for a call that a filter forbids (SIGSYS). */
const badSystemCall = 128 + 31;

/**
 * Whether a failure looks as if the sandbox caused it, by the exit code and what the command said. A guess: commands
 * are free to say anything. Without a sandbox, and for an exit code of 0, it is always false.
 */
export function isSandboxDenial(sandbox: Sandbox, exitCode: number, output: string): boolean {
  if (sandbox.kind === "none" || exitCode === 0) return false;
  if (exitCode === badSystemCall) return true;
  const looked = output.slice(-maxLooked).toLowerCase();
  const reasons = sandbox.network ? refusals : [...refusals, ...networkFailures];
  return reasons.some((reason) => looked.includes(reason));
}
