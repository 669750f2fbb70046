export { affinityCookies, type CookieInfo, type CookieStore } from "./cookies/cookie-store.js";
export { backoffMs, pause } from "./backoff.js";
export { encodeHeaderValue } from "./encode-header-value.js";
export type { NetworkOptions } from "./network.js";
export type {
  Attribution,
  Exposure,
  HeaderList,
  Headers,
  OnOutbound,
  OutboundEnd,
  OutboundRecord,
  OutboundRequest,
  OutboundResponse,
} from "./outbound.js";
export { outboundRules, type OutboundPath, type OutboundRule, type PathOwner } from "./outbound-path.js";
export { createRequestClient, type RequestClient, type RequestClientOptions } from "./request-client.js";
export type { ResponseEvent, ResponseFailure, ResponsesBody, ResponseUsage } from "./responses/events.js";
export {
  type ContentPart,
  type CustomToolCallItem,
  type FunctionCallItem,
  isJsonObject,
  type JsonObject,
  type MessageItem,
  type OutputItem,
  type ReasoningItem,
  type ResponseItem,
  type ToolOutputItem,
  type WebSearchCallItem,
} from "./responses/items.js";
export { ModelError, type ModelErrorCode } from "./responses/model-error.js";
export { streamResponse, type StreamReceiver, type StreamRequest } from "./responses/stream-response.js";
export { fetchThrough, type FetchOptions } from "./fetch-through.js";
export {
  openWebSocket,
  openWebSocketTransport,
  WebSocketRefusedError,
  type OutboundWebSocket,
  type RefusedHandshake,
} from "./open-web-socket.js";
export { withinTime, type TimeLimit } from "./within-time.js";
export { ResponseSockets, type ResponseSocketsOptions, type SocketRequest } from "./responses/response-sockets.js";
export { createCall, type CallRequest, type CreatedCall } from "./realtime/create-call.js";
export type { RealtimeAudio, RealtimeEvent, TranscriptRole } from "./realtime/events.js";
export {
  audioMessage,
  contextMessages,
  functionOutput,
  handoffMessage,
  responseCreate,
  sessionUpdate,
  textMessages,
} from "./realtime/messages.js";
export type { RealtimeEnd, RealtimeReceiver, RealtimeSocket } from "./realtime/realtime-socket.js";
export { RealtimeSockets, type RealtimeSocketRequest } from "./realtime/realtime-sockets.js";
export type { RealtimeRole, SessionConfig } from "./realtime/session.js";
export { realtimeSocketUrl, sidebandUrl, type RealtimePlace } from "./realtime/urls.js";
export type { RealtimeVersion } from "./realtime/version.js";
