export { always, type Script, type ScriptFunction } from "./script.js";
export { startSimulator, type Simulator, type SimulatorOptions } from "./start-simulator.js";
export { RecordedRequest, type JsonValue, type Outcome, type Transport } from "./recorded-request.js";
export type { RequestPredicate, WaitOptions } from "./request-log.js";
export { lastUserText, toolOutputs, type ToolOutput } from "./request-input.js";
export { simulatedSdp, type RealtimeOptions, type RealtimeRecord } from "./realtime/realtime-endpoint.js";
export { RealtimePeer, type RealtimeVersion } from "./realtime/realtime-peer.js";
export { respond } from "./respond.js";
export { part, type CompiledReply, type Part, type Reply, type ReplyHeaders, type Step } from "./reply.js";
export type { CutRule, Ending, OutputItem, ResponseDraft } from "./response-draft.js";
export type { EventFields } from "./server-sent-event.js";
export type { SplitRule } from "./split-steps.js";

export { bigEvent } from "./parts/big-event.js";
export { customToolCall, type CustomToolCallOptions } from "./parts/custom-tool-call.js";
export { cut, type CutOptions } from "./parts/cut.js";
export { deltas } from "./parts/deltas.js";
export { failure } from "./parts/failure.js";
export { functionCall, type FunctionCallOptions } from "./parts/function-call.js";
export { hang } from "./parts/hang.js";
export { hold } from "./parts/hold.js";
export { incomplete } from "./parts/incomplete.js";
export { message, type MessageOptions } from "./parts/message.js";
export { outputItem } from "./parts/output-item.js";
export { pause } from "./parts/pause.js";
export { rawEvents, type RawEvent } from "./parts/raw-events.js";
export { reasoning, type ReasoningOptions } from "./parts/reasoning.js";
export { responseHeaders } from "./parts/response-headers.js";
export { splitAt } from "./parts/split-at.js";
export { text, type TextOptions } from "./parts/text.js";
export { usage, type TokenCounts } from "./parts/usage.js";

export { html, type HtmlOptions } from "./replies/html.js";
export { httpError, type HttpErrorOptions } from "./replies/http-error.js";
export { json } from "./replies/json.js";
export { neverAnswer } from "./replies/never-answer.js";
export { rawBody, type RawBodyOptions } from "./replies/raw-body.js";

export { makeCertificates, type Certificates } from "./intercept/certificates.js";
export {
  startInterceptingProxy,
  type InterceptedAnswer,
  type InterceptedRequest,
  type InterceptingProxy,
  type InterceptingProxyOptions,
} from "./intercept/intercepting-proxy.js";
