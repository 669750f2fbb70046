export { createExecServer, type ExecServer, type ExecServerOptions } from "./server/exec-server.js";
export { parseExecListenUrl, type ExecListenAddress } from "./server/listen-address.js";
