export { HttpRequests, type HttpRequestsOptions } from "./http-requests.js";
export type { BodyDelta, HttpRequestParams, HttpHeader } from "./messages.js";
