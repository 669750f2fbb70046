export {
  decoderIfLoaded,
  loadDecoder,
  loadResponseDecoder,
  type ClientParams,
  type Decoded,
  type Decoder,
  type ServerRequestResult,
} from "./decode/index.js";
export { AppServerClient, type AppServerClientOptions, type ServerNotification } from "./app-server-client.js";
export type * from "./generated/index.js";
export { PROTOCOL_VERSION } from "./generated/index.js";
export {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type Frame,
  type Message,
  type RequestId,
} from "./envelope.js";
export { messageOf, SwitchboardError, type SwitchboardErrorOptions } from "./errors.js";
export { isHttpToken, isLegalHeaderValue } from "./http-syntax.js";
export { isLoopback, parseListenUrl, type ListenAddress } from "./listener/listen-url.js";
export {
  Peer,
  requestIdCounter,
  type IncomingRequest,
  type IrregularInput,
  type PeerOptions,
  type RequestOptions,
} from "./peer.js";
export { invalidRequest, RpcError, rpcCodes, type RpcErrorObject } from "./rpc-error.js";
export {
  defaultMaxFrameBytes,
  defaultMaxQueuedBytes,
  type Transport,
  type TransportClosed,
  type TransportReceiver,
} from "./transport.js";
export {
  experimentalUse,
  registry,
  unknownMethodMessage,
  type Gate,
  type MessageKind,
  type MessageTable,
  type NotificationDefinition,
  type RequestDefinition,
  type Stability,
  type Status,
} from "./registry/index.js";
