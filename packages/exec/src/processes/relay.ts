import type { ChildOutput } from "./spawned-child.js";

/**
 * Gives everything that comes from one output of a child to `tell`, until it is closed. While a promise that `tell`
 * returned is pending nothing more is read, and the child waits when its pipe is full.
 *
 * @returns a promise that settles when the output is closed.
 */
export function relay(
  { source, rest }: ChildOutput,
  tell: (chunk: Buffer) => Promise<void> | undefined,
): Promise<void> {
  let unanswered = 0;
  const resume = (): void => {
    if (--unanswered === 0) source.resume();
  };
  source.on("data", (chunk: Buffer) => {
    const taken = tell(chunk);
    if (taken === undefined) return;
    unanswered++;
    source.pause();
    taken.then(resume, resume);
  });
  source.once("end", () => {
    const unread = rest?.();
    if (unread !== undefined && unread.length > 0) void tell(unread);
    // A terminal is also written to, and would wait for that side to end.
    source.destroy();
  });
  return new Promise((resolve) => source.once("close", resolve));
}
