import { isJsonObject } from "@switchboard/client";

/** One thing that a reviewer found. */
export interface ReviewFinding {
  readonly title: string;
  readonly body: string;
  /** Undefined when the reviewer did not say where. */
  readonly place: { readonly path: string; readonly firstLine: number; readonly lastLine: number } | undefined;
}

/** What a reviewer said. */
export interface ReviewOutput {
  readonly explanation: string;
  readonly findings: readonly ReviewFinding[];
}

/** Reads the reviewer's JSON, also when there is talk around it; an answer without JSON is all explanation. */
export function readReview(text: string): ReviewOutput {
  const value = parse(text) ?? parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  if (!isJsonObject(value) || !Array.isArray(value["findings"])) return { explanation: text, findings: [] };
  const explanation = value["overall_explanation"];
  return {
    explanation: typeof explanation === "string" ? explanation : "",
    findings: value["findings"].flatMap(asFinding),
  };
}

/** The review as users and the model read it. */
export function renderReview({ explanation, findings }: ReviewOutput): string {
  const said = explanation.trim();
  if (findings.length === 0) return said === "" ? "Reviewer failed to output a response." : said;
  const heading = findings.length === 1 ? "Review comment:" : "Full review comments:";
  const comments = findings.map(renderFinding).join("\n\n");
  return [said, heading, comments].filter((part) => part !== "").join("\n\n");
}

function renderFinding({ title, body, place }: ReviewFinding): string {
  const where = place === undefined ? "" : ` — ${place.path}:${place.firstLine}-${place.lastLine}`;
  const lines = body.split("\n").map((line) => `  ${line}`);
  return [`- ${title}${where}`, ...lines].join("\n");
}

function asFinding(value: unknown): ReviewFinding[] {
  if (!isJsonObject(value)) return [];
  const { title, body, code_location: location } = value;
  if (typeof title !== "string" || typeof body !== "string") return [];
  return [{ title, body, place: isJsonObject(location) ? asPlace(location) : undefined }];
}

function asPlace(location: Readonly<Record<string, unknown>>): ReviewFinding["place"] {
  const { absolute_file_path: path, line_range: range } = location;
  if (typeof path !== "string" || !isJsonObject(range)) return undefined;
  const { start, end } = range;
  return typeof start === "number" && typeof end === "number" ? { path, firstLine: start, lastLine: end } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
