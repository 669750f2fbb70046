import type { RealtimeRole, RealtimeSockets, RequestClient } from "@switchboard/client";
import { messageOf, type ThreadItem, type Turn, type TurnStatus } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import type { Emit } from "../emit.js";
import type { ThreadSpec } from "../thread/thread-spec.js";
import { ownerHeaders, serviceOriginatorFor } from "../turn/owner-headers.js";
import type { TurnRequest } from "../turn/turn-scope.js";
import type { TurnInput } from "../turn/turn-control.js";
import { RealtimeConversation } from "./conversation.js";
import { tailText } from "./delegation.js";
import { RealtimeEndpoint } from "./endpoint.js";
import { realtimeInstructions } from "./instructions.js";
import { planConversation, type RealtimePlan } from "./plan.js";
import type { RealtimeRequest } from "./realtime-request.js";
import { realtimeText } from "./told-texts.js";

/** What a thread gives its realtime conversations. */
export interface ThreadRealtimeParts {
  readonly threadId: string;
  readonly spec: ThreadSpec;
  readonly client: RequestClient;
  readonly sockets: RealtimeSockets;
  readonly residency: string | undefined;
  readonly emit: Emit;
  readonly cwd: () => string;
  readonly describeTurns: () => readonly Turn[];
  /** Starts a turn, or adds to the one that runs. */
  readonly startTurn: (request: TurnRequest & { readonly input: TurnInput }) => void;
  /** Tells the model something before its next request, in the place of what it was not told yet. */
  readonly note: (text: string) => void;
}

/** A conversation under way, with what the model of the thread is to be told of it. */
interface Current {
  readonly conversation: RealtimeConversation;
  readonly startText: string;
  readonly endText: string;
}

/** The realtime conversation of a thread: there is one at a time, whoever asks for the next. */
export class ThreadRealtime {
  readonly #parts: ThreadRealtimeParts;
  readonly #gone = new Set<Promise<void>>();
  #current: Current | undefined;
  #endText = realtimeText("ended", undefined);

  constructor(parts: ThreadRealtimeParts) {
    this.#parts = parts;
  }

  /** Begins a conversation in the place of the one that goes on. What is wrong with the wish is told as an error. */
  start(request: RealtimeRequest): void {
    this.#stopCurrent();
    const { emit, threadId, spec } = this.#parts;
    let plan: RealtimePlan;
    try {
      plan = planConversation(request.params, spec.realtime);
    } catch (error) {
      emit("thread/realtime/error", { threadId, message: messageOf(error) });
      return;
    }
    const { params } = request;
    const conversation = this.#conversation(request, plan);
    this.#current = {
      conversation,
      startText: realtimeText("started", params.realtimeStartInstructions ?? spec.realtime.startInstructions),
      endText: realtimeText("ended", params.realtimeEndInstructions ?? undefined),
    };
    void conversation.run();
  }

  /** Text of a client. */
  appendText(role: RealtimeRole, text: string): void {
    this.#withCurrent((conversation) => conversation.appendText(role, text));
  }

  /** Base64 audio of the user. */
  appendAudio(data: string): void {
    this.#withCurrent((conversation) => conversation.appendAudio(data));
  }

  /** Text that the peer is to speak. */
  appendSpeech(text: string): void {
    this.#withCurrent((conversation) => conversation.appendSpeech(text));
  }

  /** Ends the conversation. As in the reference clients are told so even when there is none. */
  stop(): void {
    const { emit, threadId } = this.#parts;
    if (!this.#stopCurrent()) emit("thread/realtime/closed", { threadId, reason: "requested" });
  }

  /** Ends the conversation, if there is one, and waits until its socket is closed. */
  async close(): Promise<void> {
    this.#stopCurrent();
    await Promise.all(this.#gone);
  }

  /** An item of a turn is complete: what the agent says goes to the conversation. */
  itemCompleted(item: ThreadItem): void {
    if (item.type === "agentMessage" && this.#current?.conversation.isStarted === true) {
      this.#current.conversation.agentSaid(item);
    }
  }

  /** A turn of the thread is over. */
  turnCompleted(status: TurnStatus): void {
    this.#current?.conversation.agentDone(status);
  }

  /** What the model is to know of conversations: that one goes on, or that the one it knows of is over. */
  contextText(knowsOfOne: boolean): string | undefined {
    if (this.#current?.conversation.isStarted === true) return this.#current.startText;
    return knowsOfOne ? this.#endText : undefined;
  }

  #conversation(request: RealtimeRequest, plan: RealtimePlan): RealtimeConversation {
    const { threadId, spec, client, sockets, residency, emit, cwd, describeTurns, startTurn, note } = this.#parts;
    const { owner, params, trace } = request;
    const { provider, realtime: settings } = spec;
    const sessionId = params.realtimeSessionId ?? (plan.transport.type === "existingCall" ? undefined : threadId);
    const conversation: RealtimeConversation = new RealtimeConversation({
      threadId,
      plan,
      emit,
      sessionId: sessionId ?? null,
      endpoint: new RealtimeEndpoint({
        client,
        sockets,
        provider,
        identity: owner,
        names: ownerHeaders({
          owner,
          provider,
          residency,
          serviceOriginator: serviceOriginatorFor(spec, owner),
        }),
        version: plan.version,
        threadId,
        sessionId,
        voiceSessionId: params.voiceSessionId ?? undefined,
        socketBaseUrl: settings.socketBaseUrl,
        callBaseUrl: settings.callBaseUrl,
      }),
      instructions: () => realtimeInstructions(params, settings, { cwd: cwd(), turns: describeTurns() }),
      delegate: (text) => {
        request.onTurn?.();
        startTurn({
          owner,
          trace,
          clientMetadata: {},
          input: {
            shown: [{ type: "text", text, text_elements: [] }],
            content: [{ type: "input_text", text }],
            clientId: null,
          },
        });
      },
      onEnd: (unsaid) => {
        const tail = plan.keepsTail ? tailText(unsaid) : undefined;
        if (tail !== undefined) note(tail);
        if (this.#current?.conversation !== conversation) return;
        this.#endText = this.#current.endText;
        this.#current = undefined;
        const gone = conversation.whenGone.finally(() => this.#gone.delete(gone));
        this.#gone.add(gone);
      },
    });
    return conversation;
  }

  #stopCurrent(): boolean {
    const current = this.#current;
    current?.conversation.stop();
    return current !== undefined;
  }

  #withCurrent(act: (conversation: RealtimeConversation) => void): void {
    const current = this.#current;
    if (current !== undefined) return act(current.conversation);
    const { emit, threadId } = this.#parts;
    emit("error", {
      error: {
        message: "conversation is not running",
        codexErrorInfo: "badRequest",
        additionalDetails: null,
        misalignment: null,
      },
      willRetry: false,
      threadId,
      turnId: uuidv7(),
    });
  }
}
