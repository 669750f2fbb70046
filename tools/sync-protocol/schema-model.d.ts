/** The JSON Schema subset the committed protocol schema uses. Generators throw on anything else. */
export interface SchemaObject {
  $ref?: string;
  type?: string | string[];
  enum?: string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  /** Ours: members the reference always sends although a decoder may miss them. */
  "x-present"?: string[];
  /** Ours: an object with an unknown tag is decoded as the variant `other`. */
  "x-open"?: true;
  /** Ours, only inside the validator generator: names the string must not be. */
  "x-not"?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export type Schema = SchemaObject | boolean;

export type Definitions = Record<string, Schema>;

export type Stability = "stable" | "experimental";

/** One request, in either direction. */
export interface RequestEntry {
  method: string;
  /** Name of the params definition, or null when the method takes none. */
  params: string | null;
  /** Params may be absent or null. */
  nullable?: true;
  response: string;
  stability: Stability;
  /** Paths of members of the params that need the experimental capability, in declared order. */
  experimentalFields?: string[];
  /** Members of the params whose value may be a gated enum variant, with that enum's name. */
  gatedVariants?: Record<string, string>;
}

export interface NotificationEntry {
  method: string;
  params: string | null;
  stability: Stability;
}

export interface Manifest {
  version: string;
  clientRequests: RequestEntry[];
  serverRequests: RequestEntry[];
  serverNotifications: NotificationEntry[];
  clientNotifications: NotificationEntry[];
}

/** What `packages/protocol/schema` holds. */
export interface CommittedSchema {
  definitions: Definitions;
  manifest: Manifest;
}
