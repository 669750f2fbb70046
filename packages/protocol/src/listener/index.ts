export { openListener, type Listener, type ListenerOptions } from "./listener.js";
export {
  capabilityTokenAuth,
  signedTokenAuth,
  type AuthVerdict,
  type SignedTokenRules,
  type WebSocketAuth,
} from "./websocket-auth.js";
