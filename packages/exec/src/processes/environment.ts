import type { EnvironmentPolicy } from "./messages.js";

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What `core` inherits, compared without case. Observed on the reference 0.169.0 on Linux. */
const coreNames = /^(?:HOME|LANG|LC_ALL|LC_CTYPE|LOGNAME|PATH|SHELL|TEMP|TMP|TMPDIR|USER)$/i;

const secretNames = /KEY|SECRET|TOKEN/i;

/**
 * The environment of a child. Without a policy it is exactly `env`: nothing of the server's own leaks into it.
 * The order is the reference's: inherit, default excludes, `exclude`, `set`, `includeOnly`, then `env` over it all.
 */
export function childEnvironment(
  inherited: Environment,
  policy: EnvironmentPolicy | null | undefined,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  if (policy === null || policy === undefined) return { ...env };
  const { inherit, ignoreDefaultExcludes, exclude, set, includeOnly } = policy;
  const excluded = matcher(exclude);
  const kept: Array<[string, string]> = [];
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || inherit === "none") continue;
    if (inherit === "core" && !coreNames.test(name)) continue;
    if (!ignoreDefaultExcludes && secretNames.test(name)) continue;
    if (!excluded(name)) kept.push([name, value]);
  }
  const composed = { ...Object.fromEntries(kept), ...set };
  if (includeOnly.length === 0) return { ...composed, ...env };
  const included = matcher(includeOnly);
  return { ...Object.fromEntries(Object.entries(composed).filter(([name]) => included(name))), ...env };
}

/** Patterns know `*` and `?` and are compared without case. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const folded = patterns.map((pattern) => pattern.toLowerCase());
  return (name) => folded.some((pattern) => matches(pattern, name.toLowerCase()));
}

/** By hand, because a client's stars in a regular expression could keep the process busy for years. */
function matches(pattern: string, name: string): boolean {
  let inPattern = 0;
  let star = -1;
  /** Where the name goes on if the latest star takes one character more. */
  let afterStar = 0;
  for (let inName = 0; inName < name.length;) {
    const wanted = pattern[inPattern];
    if (wanted === "*") {
      star = inPattern++;
      afterStar = inName;
    } else if (wanted === "?" || wanted === name[inName]) {
      inPattern++;
      inName++;
    } else if (star >= 0) {
      inPattern = star + 1;
      inName = ++afterStar;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}
