import {
  sessionUpdate,
  type JsonObject,
  type RealtimeEnd,
  type RealtimeEvent,
  type RealtimeRole,
  type RealtimeSocket,
} from "@switchboard/client";
import { messageOf, type ThreadItem, type TurnStatus } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import type { Emit } from "../emit.js";
import { delegationText } from "./delegation.js";
import type { JoinedCall, RealtimeEndpoint } from "./endpoint.js";
import { Outbox } from "./outbox.js";
import type { RealtimePlan } from "./plan.js";
import { Speech } from "./speech.js";
import { Spoken, type SpokenEntry } from "./spoken.js";
import { TranscriptItems } from "./transcript.js";

/** What a {@link RealtimeConversation} is made from. */
export interface ConversationParts {
  readonly threadId: string;
  readonly plan: RealtimePlan;
  readonly endpoint: RealtimeEndpoint;
  readonly emit: Emit;
  /** As clients know it; null for a call that was there before and whose session nobody named. */
  readonly sessionId: string | null;
  readonly instructions: () => Promise<string>;
  /** Has the agent do what was handed over, in the owner's name. */
  readonly delegate: (text: string) => void;
  /** Called once, when nothing of the conversation is left but a socket that says goodbye. */
  readonly onEnd: (unsaid: readonly SpokenEntry[]) => void;
}

/** How errors of a connection begin: clients know the words. */
const broken = "stream disconnected before completion";

/** Most work that a peer hands over during one turn; it is not our friend. */
const mostOpenHandoffs = 100;

/**
 * Most characters of one piece of such work, with its ids. A longer one fails the conversation: half of what is
 * asked for may be the opposite of it.
 */
const maxHandoffCharacters = 64 * 1024;

/** What a conversation fails with that is over one of these. */
const tooMuchWork = "the realtime peer hands over more than the agent can take";

/** How often a socket that says nothing is opened again. */
const mostLosses = 4;

/** Why a conversation is over, as clients are told. */
type EndReason = "requested" | "transport_closed" | "error";

/** A conversation with a realtime model, from the first request to the last event. */
export class RealtimeConversation {
  readonly #parts: ConversationParts;
  readonly #outbox = new Outbox();
  readonly #speech: Speech;
  readonly #spoken = new Spoken();
  readonly #items: TranscriptItems;
  readonly #abort = new AbortController();
  #socket: RealtimeSocket | undefined;
  #isStarted = false;
  #awaitsSession = false;
  #isOver = false;
  /** How often the socket was lost since the peer last said something. */
  #losses = 0;
  /** Work that was handed over since the agent was last idle. */
  #openHandoffs = 0;
  #goodbye: Promise<void> = Promise.resolve();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { plan, emit, threadId, sessionId } = parts;
    this.#speech = new Speech(plan.version, plan.answers, (messages) => this.#send(messages));
    this.#items = new TranscriptItems(emit, threadId, sessionId ?? uuidv7());
  }

  /** Whether clients were told that it has begun. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Connects, and goes on until it is stopped, fails or the peer leaves. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  /** Text of a client. */
  appendText(role: RealtimeRole, text: string): void {
    this.#speech.text(role, text);
  }

  /** Base64 audio of the user. */
  appendAudio(data: string): void {
    this.#outbox.sendAudio(this.#speech.audio(data));
  }

  /** Text that the peer is to speak. */
  appendSpeech(text: string): void {
    this.#speech.speech(text);
  }

  /** Takes what the agent said to the peer. */
  agentSaid({ text, phase }: Extract<ThreadItem, { type: "agentMessage" }>): void {
    this.#speech.agentSaid(text, phase ?? null);
  }

  /** The agent's turn is over. */
  agentDone(status: TurnStatus): void {
    this.#openHandoffs = 0;
    this.#speech.agentDone(status);
  }

  /** Ends it: clients are told at once, the peer hears a goodbye. */
  stop(): void {
    this.#end("requested");
  }

  /** Resolves when its socket is closed, after {@link stop}. */
  get whenGone(): Promise<void> {
    return this.#goodbye;
  }

  async #connect(): Promise<void> {
    const { plan, endpoint, instructions } = this.#parts;
    const { signal } = this.#abort;
    const { transport, session } = plan;
    if (transport.type === "existingCall") {
      const call = { callId: transport.callId, isOurs: false };
      this.#attach(await endpoint.joinCall(call, signal), call);
      return this.#started();
    }
    const config = { ...session, instructions: await instructions() };
    signal.throwIfAborted();
    if (transport.type === "websocket") {
      const socket = await endpoint.openConversation(config.model, signal);
      socket.send(sessionUpdate(config));
      this.#awaitsSession = plan.version === "v3";
      this.#attach(socket);
      return this.#awaitsSession ? undefined : this.#started();
    }
    const { sdp, callId } = await endpoint.createCall(transport.sdp, config, signal);
    signal.throwIfAborted();
    this.#started();
    this.#parts.emit("thread/realtime/sdp", { threadId: this.#parts.threadId, sdp });
    const call = { callId, isOurs: true };
    const socket = await endpoint.joinCall(call, signal);
    // A v3 call keeps the session it was created with.
    if (plan.version !== "v3") socket.send(sessionUpdate(config));
    this.#attach(socket, call);
  }

  /** Takes a socket into use. The one beside a v3 call is opened again unless the peer ended it: the call itself goes on. */
  #attach(socket: RealtimeSocket, call?: JoinedCall): void {
    if (this.#isOver) {
      socket.cut();
      return;
    }
    this.#socket = socket;
    if (!this.#awaitsSession) this.#outbox.attach(socket);
    socket.receive({
      onEvent: (event) => this.#receive(event),
      onClose: (end) => {
        const { plan, endpoint } = this.#parts;
        const isOver = end.kind === "closed" && end.code === 1000;
        this.#losses += 1;
        if (isOver || call === undefined || plan.version !== "v3" || this.#losses > mostLosses) return this.#left(end);
        this.#outbox.detach();
        this.#socket = undefined;
        endpoint.joinCallAgain(call, this.#losses, this.#abort.signal).then(
          (again) => this.#attach(again, call),
          (error: unknown) => this.#fail(messageOf(error)),
        );
      },
    });
  }

  #left(end: RealtimeEnd): void {
    if (this.#awaitsSession && end.kind === "closed") {
      return this.#fail(`${broken}: frameless realtime session ended before session.started`);
    }
    if (end.kind === "closed") return this.#end("transport_closed");
    this.#fail(`${broken}: failed to connect realtime websocket: ${end.message}`);
  }

  #started(): void {
    if (this.#isOver) return;
    const { emit, threadId, sessionId, plan } = this.#parts;
    this.#isStarted = true;
    this.#items.begin();
    emit("thread/realtime/started", { threadId, realtimeSessionId: sessionId, version: plan.version });
  }

  /** A v3 session begins when the peer says so; anything else before that is an error. */
  #receiveFirst(event: RealtimeEvent): void {
    if (event.kind !== "sessionStarted") {
      const early = "frameless realtime session received an event before session.started";
      return this.#fail(`${broken}: ${event.kind === "error" ? event.message : early}`);
    }
    this.#awaitsSession = false;
    if (this.#socket !== undefined) this.#outbox.attach(this.#socket);
    this.#started();
  }

  #receive(event: RealtimeEvent): void {
    if (this.#awaitsSession) return this.#receiveFirst(event);
    this.#losses = 0;
    const { emit, threadId } = this.#parts;
    switch (event.kind) {
      case "audio":
        return emit("thread/realtime/outputAudio/delta", { threadId, audio: event.audio });
      case "transcriptDelta":
        this.#spoken.delta(event.role, event.text);
        return this.#items.delta(event.role, event.text);
      case "transcriptDone":
        this.#spoken.done(event.role, event.text);
        return this.#items.done(event.role, event.text);
      case "item":
        return emit("thread/realtime/itemAdded", { threadId, item: event.item });
      case "responseBegan":
        return this.#speech.responseBegan();
      case "responseEnded":
        return this.#speech.responseEnded();
      case "responseCancelled":
        emit("thread/realtime/itemAdded", {
          threadId,
          item: { type: "response.cancelled", response_id: event.responseId ?? null },
        });
        return this.#speech.responseEnded();
      case "sessionStarted":
        return;
      case "silence":
        return this.#speech.silent(event.callId);
      case "handoff":
        return this.#handOver(event);
      case "error":
        return this.#fail(event.message);
    }
  }

  #handOver({ handoffId, itemId, input }: Extract<RealtimeEvent, { kind: "handoff" }>): void {
    const { emit, threadId, delegate } = this.#parts;
    if (handoffId.length + itemId.length + input.length > maxHandoffCharacters) return this.#fail(tooMuchWork);
    const spoken = this.#spoken.take(input);
    emit("thread/realtime/itemAdded", {
      threadId,
      item: {
        type: "handoff_request",
        handoff_id: handoffId,
        item_id: itemId,
        input_transcript: input,
        active_transcript: spoken,
      },
    });
    const text = delegationText(input, spoken);
    if (text === undefined) return this.#speech.handedNothingOver(handoffId);
    this.#openHandoffs += 1;
    if (this.#openHandoffs > mostOpenHandoffs) return this.#fail(tooMuchWork);
    this.#speech.handedOver(handoffId);
    delegate(text);
  }

  #send(messages: readonly JsonObject[]): void {
    if (this.#isOver || this.#outbox.send(messages)) return;
    this.#fail("the realtime peer does not take what it is sent");
  }

  #fail(message: string): void {
    if (this.#isOver) return;
    const { emit, threadId } = this.#parts;
    emit("thread/realtime/error", { threadId, message });
    this.#end("error");
  }

  #end(reason: EndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { emit, threadId, onEnd } = this.#parts;
    this.#abort.abort(new Error("the realtime conversation is over"));
    if (this.#socket !== undefined) this.#goodbye = this.#socket.close();
    if (this.#isStarted) this.#items.end(reason === "error" ? "failed" : "ended");
    onEnd(this.#spoken.take(""));
    // Who was never told of a beginning has heard the error; only who asks for the end is told of it.
    if (this.#isStarted || reason === "requested") emit("thread/realtime/closed", { threadId, reason });
  }
}
