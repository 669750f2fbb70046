/** Unix time in milliseconds. */
export type Clock = () => number;

/** Whole seconds of a time in milliseconds, as the protocol wants some of its times. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
