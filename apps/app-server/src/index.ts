export { createAppServer, type AppServer, type AppServerOptions, type ListenOptions } from "./app-server.js";
export type { Logger } from "./log.js";
