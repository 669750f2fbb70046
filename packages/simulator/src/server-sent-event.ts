/** Members of one event; `type` is also its SSE event name. */
export interface EventFields {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** One server-sent event as the Responses API frames it: an `event:` line, a `data:` line, a blank line. */
export function serverSentEvent(fields: EventFields): string {
  return `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`;
}
