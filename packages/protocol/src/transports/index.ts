export { connect, type ConnectOptions } from "./connect.js";
export { LineFramer, type LineSink } from "./line-framer.js";
export { linkedTransports } from "./memory.js";
export { StdioTransport, type StdioTransportOptions } from "./stdio.js";
export { WebSocketTransport, type WebSocketTransportOptions } from "./websocket.js";
