import type { Row } from "../row.js";
import { coldStart } from "./cold-start.js";
import { execHttpPipelined, execHttpSequential, execHttpStreamed } from "./exec-http.js";
import { execProcess } from "./exec-process.js";
import { fanOut } from "./fan-out.js";
import { idleConnections } from "./idle-connections.js";
import { idleMemory } from "./idle-memory.js";
import { loadedList, modelList } from "./pipelined.js";
import { identityLoop, ledgerLoop } from "./outbound-loops.js";
import { streamOne } from "./stream-one.js";
import { streams50 } from "./streams-50.js";
import { threadStart } from "./thread-start.js";
import { toolCommand, toolCommandUnsandboxed, toolOutput, toolPatch, toolTurn } from "./tools.js";
import { turnSequential, turnWebSocket } from "./turn-sequential.js";
import { turnsAt50 } from "./turns-at-50.js";

const USUAL_CONNECTIONS = 1_000;

/** Every benchmark, in the order of the report; `connections` adds a larger crowd of idle ones. */
export function allRows(connections?: number): Row[] {
  const extra = connections === undefined || connections === USUAL_CONNECTIONS ? [] : [connections];
  return [
    coldStart,
    idleMemory,
    turnSequential,
    turnWebSocket,
    turnsAt50,
    threadStart,
    ...[USUAL_CONNECTIONS, ...extra].map(idleConnections),
    streamOne,
    streams50,
    fanOut,
    toolCommand,
    toolCommandUnsandboxed,
    toolOutput,
    toolPatch,
    toolTurn,
    loadedList,
    modelList,
    execHttpSequential,
    execHttpPipelined,
    execHttpStreamed,
    execProcess,
    identityLoop,
    ledgerLoop,
  ];
}
