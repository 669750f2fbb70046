/** The first-party services that several products share one connection with; no other name counts. */
const services: ReadonlySet<string> = new Set([
  "codex_work_desktop",
  "codex_work_web",
  "codex_work_mobile",
  "codex_work_cca",
  "chatgpt_cca",
]);

/** The originator that a `serviceName` stands for, or undefined for a name that is not on the list. */
export function serviceOriginator(serviceName: string | null | undefined): string | undefined {
  const name = serviceName?.trim().toLowerCase();
  return name !== undefined && services.has(name) ? name : undefined;
}
