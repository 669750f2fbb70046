import { listModels as catalogue } from "@switchboard/agent";

import type { Handler } from "../../server/context.js";
import { pageOf } from "../page.js";

/** `model/list`: the catalogue, in pages. */
export const listModels: Handler<"model/list"> = (params) => {
  const models = catalogue().filter(({ hidden }) => params.includeHidden === true || !hidden);
  return pageOf(models, params, "models");
};
