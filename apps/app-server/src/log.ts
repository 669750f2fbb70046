/** Where the server says what an operator may want to know. It never gets secrets or message contents. */
export interface Logger {
  warn(text: string): void;
  debug(text: string): void;
}

/** Writes warnings to stderr, and details too when asked. stdout belongs to the protocol. */
export function stderrLogger(isVerbose: boolean): Logger {
  const write = (level: string, text: string) => process.stderr.write(`${new Date().toISOString()} ${level} ${text}\n`);
  return {
    warn: (text) => void write("WARN", text),
    debug: (text) => {
      if (isVerbose) write("DEBUG", text);
    },
  };
}
