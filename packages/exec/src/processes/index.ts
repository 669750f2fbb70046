export type { Environment } from "./environment.js";
export type {
  EnvironmentPolicy,
  OutputEvent,
  ProcessEvents,
  ProcessReadParams,
  ProcessSignalParams,
  ProcessStartParams,
  ProcessTerminateParams,
  ProcessWriteParams,
} from "./messages.js";
export { ProcessTable } from "./process-table.js";
