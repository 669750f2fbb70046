import { listModels as catalogue } from "@switchboard/agent";
import { invalidRequest } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";

/** `model/list`: the catalogue, in pages. A cursor is the number of models before the page. */
export const listModels: Handler<"model/list"> = ({ cursor, limit, includeHidden }) => {
  const models = catalogue().filter(({ hidden }) => includeHidden === true || !hidden);
  const start = cursor === undefined || cursor === null ? 0 : Number(/^\d+$/.test(cursor) ? cursor : Number.NaN);
  if (!Number.isSafeInteger(start)) throw invalidRequest(`invalid cursor: ${cursor}`);
  if (start > models.length) throw invalidRequest(`cursor ${start} exceeds total models ${models.length}`);
  const end = start + Math.max(limit ?? models.length, 1);
  return { data: models.slice(start, end), nextCursor: end < models.length ? String(end) : null };
};
