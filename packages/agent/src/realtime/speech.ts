import {
  audioMessage,
  contextMessages,
  functionOutput,
  handoffMessage,
  responseCreate,
  textMessages,
  type JsonObject,
  type RealtimeRole,
  type RealtimeVersion,
} from "@switchboard/client";
import type { MessagePhase, TurnStatus } from "@switchboard/protocol";

import type { AnswerOptions } from "./plan.js";

/** What v1 calls the agent when it speaks unasked. */
const unasked = "codex";

/**
 * What a conversation says to its peer, in the words of its version: which work is handed over and waits for an
 * answer, and when the peer may be asked to speak. The words and marks are the reference's.
 */
export class Speech {
  readonly #version: RealtimeVersion;
  readonly #options: AnswerOptions;
  readonly #send: (messages: readonly JsonObject[]) => void;
  /** The work that the agent is at, if it was handed over. */
  #handoff: string | undefined;
  #isResponding = false;
  #wantsResponse = false;

  constructor(version: RealtimeVersion, options: AnswerOptions, send: (messages: readonly JsonObject[]) => void) {
    this.#version = version;
    this.#options = options;
    this.#send = send;
  }

  /** A piece of the user's audio. */
  audio(data: string): JsonObject {
    return audioMessage(this.#version, data);
  }

  /** Text of a client. */
  text(role: RealtimeRole, text: string): void {
    const marked = this.#version === "v2" && role === "user" ? withMark("[USER] ", text) : text;
    this.#send(textMessages(this.#version, role, marked));
  }

  /** Text that the peer is to speak. */
  speech(text: string): void {
    if (text === "") return;
    switch (this.#version) {
      case "v1":
        return this.#send([handoffMessage(this.#handoff ?? unasked, text)]);
      case "v2":
        this.#send(textMessages("v2", "user", withMark("[BACKEND] ", text)));
        return this.#askToSpeak();
      case "v3":
        return this.#send(contextMessages({ channel: "speakable" }, text));
    }
  }

  /** The peer handed work over. In v2 what comes while the agent is at work is answered at once: it steers. */
  handedOver(handoffId: string): void {
    if (this.#version === "v2" && this.#handoff !== undefined && !this.#options.isClients) {
      this.#send([functionOutput(handoffId, "This was sent to steer the previous background agent task.")]);
      return this.#askToSpeak();
    }
    this.#handoff = handoffId;
  }

  /** The peer handed over work without a word. Its v2 model waits for an answer all the same. */
  handedNothingOver(handoffId: string): void {
    if (this.#version !== "v2" || this.#options.isClients) return;
    this.#send([functionOutput(handoffId, "Nothing was handed over: the request was empty.")]);
    this.#askToSpeak();
  }

  /** The peer wants an answer to having said nothing. */
  silent(callId: string): void {
    this.#send([functionOutput(callId, "")]);
  }

  /** The agent said something. */
  agentSaid(text: string, phase: MessagePhase | null): void {
    const { isClients, asItems, itemPrefix, channel } = this.#options;
    if (isClients || text === "") return;
    const marked = this.#version === "v2" ? withMark("[BACKEND] ", text) : text;
    if (asItems) {
      const item = itemPrefix === "" ? marked : `${itemPrefix}\n\n${marked}`;
      return this.#send(textMessages(this.#version, "developer", item));
    }
    switch (this.#version) {
      case "v1": {
        const said = phase === "commentary" ? text : `"Agent Final Message":\n\n${text}`;
        return this.#send([handoffMessage(this.#handoff ?? unasked, said)]);
      }
      case "v2":
        this.#send(textMessages("v2", "user", marked));
        // The answer to what was handed over asks to speak by itself.
        return this.#handoff === undefined ? this.#askToSpeak() : undefined;
      case "v3":
        return this.#send(
          contextMessages(
            {
              ...(this.#handoff === undefined ? {} : { delegationId: this.#handoff }),
              ...(channel === undefined ? {} : { channel }),
            },
            text,
          ),
        );
    }
  }

  /** The agent's turn is over, and with it what was handed over. */
  agentDone(status: TurnStatus): void {
    const handoff = this.#handoff;
    this.#handoff = undefined;
    if (handoff === undefined || this.#version !== "v2" || this.#options.isClients) return;
    if (this.#options.asItems) return this.#send([functionOutput(handoff, "")]);
    const output =
      status === "completed"
        ? "Background agent finished. Use the preceding [BACKEND] messages as the result."
        : "The background agent stopped before it was done.";
    this.#send([functionOutput(handoff, output)]);
    this.#askToSpeak();
  }

  /** The peer speaks. */
  responseBegan(): void {
    this.#isResponding = true;
  }

  /** The peer has spoken: now it may be asked again. */
  responseEnded(): void {
    this.#isResponding = false;
    if (this.#wantsResponse) this.#askToSpeak();
  }

  /** Asks the peer to speak, at once or when it has finished. */
  #askToSpeak(): void {
    this.#wantsResponse = this.#isResponding;
    if (this.#isResponding) return;
    this.#isResponding = true;
    this.#send([responseCreate]);
  }
}

function withMark(mark: string, text: string): string {
  return text === "" || text.startsWith(mark) ? text : mark + text;
}
