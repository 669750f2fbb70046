import type { JsonObject, WebSearchCallItem } from "@switchboard/client";
import type { WebSearchAction } from "@switchboard/protocol";

import type { ItemDraft } from "./item-events.js";

/** A search that the provider ran, as clients see it. */
export function webSearchDraft({ action }: WebSearchCallItem, id: string): ItemDraft {
  const shown = action === undefined ? null : asAction(action);
  return { type: "webSearch", id, query: shown === null ? "" : queryOf(shown), action: shown, results: null };
}

function asAction(action: JsonObject): WebSearchAction {
  const query = text(action["query"]);
  const url = text(action["url"]);
  switch (action["type"]) {
    case "search": {
      const queries = Array.isArray(action["queries"])
        ? action["queries"].filter((each): each is string => typeof each === "string")
        : null;
      return { type: "search", query, queries };
    }
    case "open_page":
      return { type: "openPage", url };
    case "find_in_page":
      return { type: "findInPage", url, pattern: text(action["pattern"]) };
    default:
      return { type: "other" };
  }
}

function queryOf(action: WebSearchAction): string {
  switch (action.type) {
    case "search":
      return action.query ?? action.queries?.[0] ?? "";
    case "openPage":
      return action.url ?? "";
    case "findInPage":
      return `'${action.pattern ?? ""}' in ${action.url ?? ""}`;
    case "other":
      return "";
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
