/** About how many bytes of text a token is. The reference counts in the same way. */
const bytesPerToken = 4;

/** What a command came to so far. */
export interface CommandResult {
  /** What it printed since the model last looked. */
  readonly output: string;
  /** How much that was before anything was left out, in bytes. */
  readonly outputBytes: number;
  readonly wallMs: number;
  /** Undefined while it runs. */
  readonly exitCode: number | undefined;
  /** Under which number the model finds it again. */
  readonly sessionId: number;
  /** A remark of ours for the model. */
  readonly remark?: string;
}

/** The answer to `exec_command` and `write_stdin`, in the form that models know. */
export function modelOutput(result: CommandResult, maxTokens: number): string {
  const { output, outputBytes, wallMs, exitCode, sessionId, remark } = result;
  return [
    `Chunk ID: ${Math.floor(Math.random() * 0x1000000)
      .toString(16)
      .padStart(6, "0")}`,
    `Wall time: ${(wallMs / 1_000).toFixed(4)} seconds`,
    exitCode === undefined ? `Process running with session ID ${sessionId}` : `Process exited with code ${exitCode}`,
    `Original token count: ${Math.ceil(outputBytes / bytesPerToken)}`,
    ...(remark === undefined ? [] : [remark]),
    "Output:",
    truncate(output, outputBytes, maxTokens),
  ].join("\n");
}

/** Keeps the beginning and the end of a text that is longer than the model is to read. */
export function truncate(text: string, originalBytes: number, maxTokens: number): string {
  const bytes = Buffer.from(text);
  const maxBytes = maxTokens * bytesPerToken;
  if (bytes.length <= maxBytes) return text;
  const half = Math.floor(maxBytes / 2);
  const head = decode(bytes.subarray(0, half));
  const tail = decode(bytes.subarray(bytes.length - half));
  const left = Math.ceil((bytes.length - 2 * half) / bytesPerToken);
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return [
    `Warning: truncated output (original token count: ${Math.ceil(originalBytes / bytesPerToken)})`,
    `Total output lines: ${lines}`,
    "",
    `${head}…${left} tokens truncated…${tail}`,
  ].join("\n");
}

/** A cut inside a character leaves nothing of it. */
function decode(bytes: Buffer): string {
  return bytes.toString("utf8").replaceAll(/^\uFFFD+|\uFFFD+$/g, "");
}
