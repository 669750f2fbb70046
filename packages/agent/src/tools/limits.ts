/** Shortest and longest time in milliseconds that a command is waited for. As in the reference. */
export const minYieldMs = 250;
export const maxYieldMs = 30_000;

/** How long a command is waited for when the model does not say. */
export const defaultYieldMs = 10_000;

/** How much of a command's output the model gets when it does not say, and at most. */
export const maxOutputTokens = 10_000;

/** The value, or the nearest bound. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
