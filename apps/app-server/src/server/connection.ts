import type { ClientIdentity } from "@switchboard/login";
import {
  encodeNotification,
  registry,
  type Frame,
  type InitializeCapabilities,
  type Peer,
  type RequestOptions,
  type ServerMethod,
  type ServerNotificationMethod,
  type ServerNotifications,
  type ServerRequests,
  type Transport,
} from "@switchboard/protocol";

import { ClientCommands } from "./client-commands/client-commands.js";

/** What a connection becomes by its `initialize`. */
interface Initialized {
  readonly identity: ClientIdentity;
  readonly experimentalApi: boolean;
  readonly optedOut: ReadonlySet<string>;
}

/** One client on one link. Holds who it is and what it wants to hear; work it started does not end with it, but its {@link Connection.commands} do. */
export class Connection {
  /** Its number, in the order in which connections were opened. */
  readonly id: number;
  /** When it was opened. */
  readonly openedAtMs: number;
  /** What it has asked for so far. */
  readonly counts = { requests: 0, turns: 0 };
  /** The commands that the client runs for itself. */
  readonly commands = new ClientCommands();
  /** What it is made over. */
  readonly transport: Transport["kind"];
  readonly #peer: Peer;
  #initialized: Initialized | undefined;

  constructor(peer: Peer, transport: Transport["kind"], id: number, openedAtMs: number) {
    this.#peer = peer;
    this.transport = transport;
    this.id = id;
    this.openedAtMs = openedAtMs;
  }

  /** Who the client is; undefined until its `initialize`. */
  get identity(): ClientIdentity | undefined {
    return this.#initialized?.identity;
  }

  /** Whether the client may use methods and members that are experimental. */
  get experimentalApi(): boolean {
    return this.#initialized?.experimentalApi ?? false;
  }

  /** Takes the client's introduction. Changes nothing outside this connection. */
  initialize(identity: ClientIdentity, capabilities: Partial<InitializeCapabilities> | null | undefined): void {
    this.#initialized = {
      identity,
      experimentalApi: capabilities?.experimentalApi ?? false,
      optedOut: new Set(capabilities?.optOutNotificationMethods),
    };
  }

  /** Whether a notification should be sent to this client at all. */
  wants(method: ServerNotificationMethod): boolean {
    const client = this.#initialized;
    if (client === undefined || client.optedOut.has(method)) return false;
    return client.experimentalApi || registry.serverNotifications.get(method)?.stability !== "experimental";
  }

  /** Asks this client. See {@link Peer.request} for what it throws. */
  request<M extends ServerMethod>(
    method: M,
    params: ServerRequests[M]["params"],
    options: RequestOptions,
  ): Promise<unknown> {
    return this.#peer.request(method, params, options);
  }

  /** Sends a notification to this client alone, if it wants it. */
  notify<M extends ServerNotificationMethod>(method: M, params: ServerNotifications[M]): void {
    if (this.wants(method)) this.#peer.sendFrame(encodeNotification(method, params, Date.now()));
  }

  /** Sends a notification that was encoded for several clients. The caller has asked {@link Connection.wants}. */
  sendFrame(frame: Frame): void {
    this.#peer.sendFrame(frame);
  }

  /** See {@link Peer.queuedBytes}. */
  get queuedBytes(): number {
    return this.#peer.queuedBytes;
  }

  /** See {@link Peer.whenWritable}. */
  whenWritable(): Promise<void> | undefined {
    return this.#peer.whenWritable();
  }

  /** Resolves when every request that is in work now has been answered. */
  whenAnswered(): Promise<void> {
    return this.#peer.whenAnswered();
  }

  /** Ends the connection after what is already queued. */
  close(code: number, reason: string): void {
    this.#peer.close(code, reason);
  }
}
