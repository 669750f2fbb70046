import { RpcError, rpcCodes } from "@switchboard/protocol";
import type { TerminalSize } from "@switchboard/exec/commands";

import { wordings, type CommandFamily } from "../../server/client-commands/wording.js";

/** How long a command may run when its client does not say: 10 s, as in the reference. */
export const defaultTimeoutMs = 10_000;

/** Bytes of each stream that clients get when they do not say: 1 MiB, as in the reference. */
export const defaultOutputBytesCap = 1024 * 1024;

/** The size of a terminal whose client names none. */
const defaultSize: TerminalSize = { rows: 24, columns: 80 };

/** A terminal's size on the wire. */
interface WireSize {
  readonly rows: number;
  readonly cols: number;
}

/** @throws RpcError for a terminal without rows or columns. */
export function terminalSize(family: CommandFamily, { rows, cols }: WireSize): TerminalSize {
  if (rows === 0 || cols === 0) throw invalidParams(wordings[family].emptySize);
  return { rows, columns: cols };
}

/** The terminal that was asked for, if any. @throws RpcError for a size without a terminal. */
export function terminalOf(
  family: CommandFamily,
  { tty, size }: { readonly tty?: boolean; readonly size?: WireSize | null },
): false | TerminalSize {
  if (size === undefined || size === null) return tty === true ? defaultSize : false;
  if (tty !== true) throw invalidParams(`${family} size requires tty: true`);
  return terminalSize(family, size);
}

/** @throws RpcError for a time that is negative. */
export function requireTimeout(family: CommandFamily, timeoutMs: number): number {
  if (timeoutMs < 0) throw invalidParams(`${family} timeoutMs must be non-negative, got ${timeoutMs}`);
  return timeoutMs;
}

/** -32602 with the given text. */
export function invalidParams(message: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, message);
}
