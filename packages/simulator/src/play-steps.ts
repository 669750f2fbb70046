import type { Step } from "./reply.js";

/** Where the steps of an answer are taken. */
export interface Stage {
  /** Whether the peer has gone away. */
  readonly isGone: () => boolean;
  /** Writes; true when it has ended the answer as well, which it may when nothing but the end follows. */
  readonly write: (bytes: Buffer, isLast: boolean) => boolean;
  /** Nothing is written for a while, or ever again. */
  readonly rest: () => void;
  /** Cuts the connection once all that was written has left. */
  readonly cut: () => void;
  readonly end: () => void;
}

/**
 * Takes the steps of an answer one by one. `sent` is called once, when the last step was taken; it is not called when
 * the peer went away before, nor after a step that never ends. The function it gives ends a pause; call it when the
 * peer has gone.
 */
export function playSteps(steps: readonly Step[], stage: Stage, sent: () => void): () => void {
  let position = 0;
  let timer: NodeJS.Timeout | undefined;
  const proceed = (): void => {
    while (!stage.isGone()) {
      const step = steps[position];
      position += 1;
      switch (step?.kind) {
        case "write":
          if (stage.write(step.bytes, steps[position]?.kind === "end")) return sent();
          break;
        case "pause":
          stage.rest();
          timer = setTimeout(proceed, step.ms);
          return;
        case "yield":
          setImmediate(proceed);
          return;
        case "hold":
          stage.rest();
          step.until.then(proceed, proceed);
          return;
        case "destroy":
          stage.cut();
          return sent();
        case "silence":
          stage.rest();
          return;
        case "end":
        case undefined:
          stage.end();
          return sent();
      }
    }
  };
  proceed();
  return () => clearTimeout(timer);
}
