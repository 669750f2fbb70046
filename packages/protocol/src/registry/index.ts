export { experimentalUse } from "./experimental-use.js";
export { type Gate } from "./gate.js";
export { MessageTable, type Stability } from "./message-table.js";
export { registry, unknownMethodMessage, type NotificationDefinition, type RequestDefinition } from "./registry.js";
export { type MessageKind, type Status } from "./status.js";
