/** One event as read back from a stream. */
export interface ReadEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Parses a whole SSE body. */
export function readEvents(body: string): ReadEvent[] {
  return body
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [first = "", second = ""] = frame.split("\n");
      const data: Record<string, unknown> = JSON.parse(second.replace(/^data: /, ""));
      return { name: first.replace(/^event: /, ""), data };
    });
}

/** Sends one model request. */
export async function ask(url: string, body: unknown = { model: "m", input: [] }): Promise<Response> {
  return fetch(`${url}/responses`, { method: "POST", body: JSON.stringify(body) });
}
