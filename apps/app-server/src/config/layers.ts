import { createHash } from "node:crypto";

import type { ConfigLayer, ConfigLayerMetadata, ConfigLayerSource } from "@switchboard/protocol";

import { isTable, leaves, mergeTables, type JsonTable, type JsonValue } from "./json.js";

/** One source of configuration with what it says. */
export interface Layer {
  readonly source: ConfigLayerSource;
  readonly config: JsonTable;
  /** Why the layer does not count, if it does not. */
  readonly disabledReason?: string;
  /** Keys that were left out because its source may not set them. */
  readonly ignored?: readonly string[];
}

/** All layers merged; the last of the list wins. */
export function mergeLayers(layers: readonly Layer[]): JsonTable {
  return layers
    .filter(({ disabledReason }) => disabledReason === undefined)
    .reduce<JsonTable>((merged, { config }) => mergeTables(merged, config), {});
}

/** The layers as clients see them, the strongest first. */
export function describeLayers(layers: readonly Layer[]): ConfigLayer[] {
  return layers.toReversed().map(({ source, config, disabledReason = null }) => ({
    name: source,
    version: versionOf(config),
    config,
    disabledReason,
  }));
}

/** Which layer each value that is set comes from, by dotted key. */
export function originsOf(layers: readonly Layer[]): Record<string, ConfigLayerMetadata> {
  const origins: Record<string, ConfigLayerMetadata> = {};
  for (const { source, config, disabledReason } of layers) {
    if (disabledReason !== undefined) continue;
    const metadata = { name: source, version: versionOf(config) };
    for (const [path] of leaves(config)) origins[path.join(".")] = metadata;
  }
  return origins;
}

/** SHA-256 of the layer as compact JSON with sorted keys, as the reference computes it. */
function versionOf(config: JsonTable): string {
  return `sha256:${createHash("sha256")
    .update(JSON.stringify(sorted(config)))
    .digest("hex")}`;
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
