import { setTimeout as pause } from "node:timers/promises";

import { Peer, RpcError, rpcCodes, SwitchboardError } from "@switchboard/protocol";
import { connect, type ConnectOptions } from "@switchboard/protocol/transports";

import type { LedgerEntry } from "../ledger/entry.js";
import type { ConnectionSummary } from "../methods/switchboard/connections-list.js";
import type { LedgerReadResponse } from "../methods/switchboard/ledger-read.js";
import { switchboardVersion } from "../version.js";
import { isConnectionsList, isLedgerRead } from "./inspect-answers.js";

/** How often a server is asked for news, in milliseconds. */
const pollMs = 250;

/** Most requests of one answer while a server is followed. */
const pageEntries = 1_000;

/** A running server that is looked into, over a connection that hears of nobody's threads. */
export class InspectedServer {
  readonly #peer: Peer;

  private constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Connects. @throws SwitchboardError when there is nobody */
  static async open(url: string, options: ConnectOptions = {}): Promise<InspectedServer> {
    const peer = new Peer({
      transport: await connect(url, options),
      onRequest: () => {
        throw new RpcError(rpcCodes.methodNotFound, "this client only looks");
      },
      onNotification: () => true,
    });
    await peer.request("initialize", {
      clientInfo: { name: "switchboard-inspect", title: null, version: switchboardVersion },
      capabilities: { experimentalApi: false, optOutNotificationMethods: [] },
    });
    return new InspectedServer(peer);
  }

  /** What left it of late. @throws SwitchboardError when it is no Switchboard */
  ledger(): Promise<LedgerReadResponse> {
    return this.#ask("switchboard/ledger/read", {}, isLedgerRead);
  }

  /** Who is connected to it. @throws as {@link InspectedServer.ledger} */
  async connections(): Promise<readonly ConnectionSummary[]> {
    return (await this.#ask("switchboard/connections/list", {}, isConnectionsList)).data;
  }

  /**
   * Shows each request once, when it is over, from the oldest that the server still has, until the signal aborts;
   * then what is left, and resolves with what it saw last. `missed` counts those that ended before this one and were
   * gone before they could be asked for.
   *
   * @throws as {@link InspectedServer.ledger}, also when the server ends
   */
  async follow(show: (entry: LedgerEntry, missed: number) => void, signal?: AbortSignal): Promise<LedgerReadResponse> {
    let endedAfter = 0;
    for (;;) {
      const isLast = signal?.aborted === true;
      const read = await this.#ask("switchboard/ledger/read", { endedAfter, limit: pageEntries }, isLedgerRead);
      for (const entry of read.entries) {
        const { endSeq } = entry;
        if (endSeq === null || endSeq <= endedAfter) throw notSwitchboard("the server's numbers make no sense");
        show(entry, endSeq - endedAfter - 1);
        endedAfter = endSeq;
      }
      // A full page: there may be more.
      if (read.entries.length >= pageEntries) continue;
      if (isLast) return read;
      await pause(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }

  close(): void {
    this.#peer.close();
  }

  /** Asks for what only our own server knows. */
  async #ask<T>(method: string, params: object, isAnswer: (answer: unknown) => answer is T): Promise<T> {
    const answer = await this.#peer.request(method, params).catch((error: unknown) => {
      if (error instanceof RpcError) throw notSwitchboard(`the server does not know ${method}: ${error.message}`);
      throw error;
    });
    if (!isAnswer(answer)) throw notSwitchboard(`what the server answers to ${method} makes no sense`);
    return answer;
  }
}

function notSwitchboard(what: string): SwitchboardError {
  return new SwitchboardError({
    code: "not_switchboard",
    message: `${what}. Is it a Switchboard of this version?`,
  });
}
