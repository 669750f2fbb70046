import { part, type Part } from "../reply.js";

/** Ends the stream with `response.incomplete`; reasons of the API: `max_output_tokens`, `content_filter`. */
export function incomplete(reason: string): Part {
  return part((draft) => {
    draft.ending = "incomplete";
    draft.endingDetails = { incomplete_details: { reason } };
  });
}
