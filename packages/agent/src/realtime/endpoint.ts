import {
  backoffMs,
  createCall,
  ModelError,
  pause,
  realtimeSocketUrl,
  sidebandUrl,
  type CreatedCall,
  type Headers,
  type RealtimePlace,
  type RealtimeSocket,
  type RealtimeSockets,
  type RealtimeVersion,
  type RequestClient,
  type SessionConfig,
} from "@switchboard/client";
import type { ClientIdentity, Credential } from "@switchboard/login";

import { authorization, withCredential, type ModelProvider } from "../model-provider.js";
import type { OwnerHeaders } from "../turn/owner-headers.js";

/** What a {@link RealtimeEndpoint} is made from. */
export interface EndpointOptions {
  readonly client: RequestClient;
  readonly sockets: RealtimeSockets;
  readonly provider: ModelProvider;
  readonly identity: ClientIdentity;
  /** The owner's names, built once for the conversation. */
  readonly names: OwnerHeaders;
  readonly version: RealtimeVersion;
  readonly threadId: string;
  /** Sent as `x-session-id`. This and the next are legal header values. */
  readonly sessionId: string | undefined;
  readonly voiceSessionId: string | undefined;
  readonly socketBaseUrl: string | undefined;
  readonly callBaseUrl: string | undefined;
}

/** A call that is joined. */
export interface JoinedCall {
  readonly callId: string;
  /** Whether this conversation created it. */
  readonly isOurs: boolean;
}

/** How often a WebSocket beside a call is tried again. The reference's number. */
const mostSidebandRetries = 4;

/** Names the protocol of a version, where it needs a name. */
const alphaNames: Readonly<Record<RealtimeVersion, string | undefined>> = {
  v1: "quicksilver=v1",
  v2: undefined,
  v3: "quicksilver=v2",
};

/** Where one conversation goes. Everything leaves under the names of its owner, with the provider's credential of the moment. */
export class RealtimeEndpoint {
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Opens the WebSocket of a new conversation, which takes a key. @throws ModelError, or the signal's reason. */
  openConversation(model: string, signal: AbortSignal): Promise<RealtimeSocket> {
    return this.#open((place, credential) => {
      if (credential?.type === "chatgpt") {
        const message = "realtime conversation requires API key auth";
        throw new ModelError({ code: "refused", message, isRetryable: false });
      }
      return realtimeSocketUrl(place, model);
    }, signal);
  }

  /**
   * Opens the WebSocket beside a call, trying again as the reference does. A call that somebody else creates may
   * take a moment to be known; one that we created and that is not known (404) is gone. A login that is refused
   * (401) has been replaced by then: another attempt would use up another refresh token, for nothing.
   *
   * @throws ModelError, or the signal's reason.
   */
  async joinCall({ callId, isOurs }: JoinedCall, signal: AbortSignal): Promise<RealtimeSocket> {
    let isLogin = false;
    const urlFor = (place: RealtimePlace, credential: Credential | undefined): string => {
      isLogin ||= credential?.type === "chatgpt";
      return sidebandUrl(place, callId);
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#open(urlFor, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ModelError) || attempt > mostSidebandRetries) throw error;
        if (error.httpStatus === 404 && isOurs) throw error;
        if (error.httpStatus === 401 && isLogin) throw error;
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  /** {@link joinCall} after the WebSocket was lost so many times: not at once, lest a peer that falls over is hammered. */
  async joinCallAgain(call: JoinedCall, losses: number, signal: AbortSignal): Promise<RealtimeSocket> {
    await pause(backoffMs(losses), signal);
    return this.joinCall(call, signal);
  }

  /** Creates a WebRTC call with the client's offer. @throws ModelError, or the signal's reason. */
  createCall(sdp: string, session: SessionConfig, signal: AbortSignal): Promise<CreatedCall> {
    const { client, provider, identity, names, callBaseUrl } = this.#options;
    return withCredential(provider, identity, signal, (credential) =>
      createCall({
        client,
        baseUrl: callBaseUrl ?? (credential?.type === "chatgpt" ? provider.chatgptBaseUrl : provider.baseUrl),
        queryParams: callBaseUrl === undefined ? provider.queryParams : {},
        sdp,
        session,
        headers: this.#headers(credential),
        owner: names.owner,
        attribution: names.attribution,
        maxRetries: provider.requestMaxRetries,
        timeoutMs: provider.streamIdleTimeoutMs,
        signal,
      }),
    );
  }

  #open(
    urlFor: (place: RealtimePlace, credential: Credential | undefined) => string,
    signal: AbortSignal,
  ): Promise<RealtimeSocket> {
    const { sockets, provider, identity, names, version, socketBaseUrl } = this.#options;
    return withCredential(provider, identity, signal, async (credential) => {
      // ChatGPT's back end only creates calls: with a login, too, they are joined at the API itself.
      const baseUrl = socketBaseUrl ?? provider.baseUrl;
      const queryParams = socketBaseUrl === undefined ? provider.queryParams : {};
      return sockets.open({
        url: urlFor({ baseUrl, version, queryParams }, credential),
        version,
        headers: this.#headers(credential),
        owner: names.owner,
        attribution: names.attribution,
        connectTimeoutMs: provider.webSocketConnectTimeoutMs,
        signal,
      });
    });
  }

  #headers(credential: Credential | undefined): Headers {
    const { provider, names, version, threadId, sessionId, voiceSessionId } = this.#options;
    const alpha = alphaNames[version];
    return {
      "thread-id": threadId,
      "session-id": threadId,
      ...authorization(credential),
      ...(alpha === undefined ? {} : { "openai-alpha": alpha }),
      ...(sessionId === undefined ? {} : { "x-session-id": sessionId }),
      ...(voiceSessionId === undefined ? {} : { "voice-session-id": voiceSessionId }),
      ...provider.headers,
      ...names.override,
    };
  }
}
