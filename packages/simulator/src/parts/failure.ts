import { part, type Part } from "../reply.js";

/** Ends the stream with `response.failed`, the way the API reports an error once streaming has begun. */
export function failure(code: string, message: string): Part {
  return part((draft) => {
    draft.ending = "failed";
    draft.endingDetails = { error: { code, message } };
  });
}
