import type { ClientIdentity, Headers } from "@switchboard/login";
import type { Thread as ThreadDescription } from "@switchboard/protocol";

/** What an event can hold; members are named as the back end knows them. */
export type EventParams = Readonly<Record<string, unknown>>;

/** One event as the back end takes it. */
export interface AnalyticsEvent {
  readonly event_type: string;
  readonly event_params: EventParams;
}

/** An event on its way. */
export interface OwnedEvent {
  /** The client that it is about. */
  readonly owner: ClientIdentity;
  /** The client's own headers, under which it goes out. */
  readonly headers: Headers;
  /** Equal for events of one connection under the same headers. */
  readonly key: string;
  readonly event: AnalyticsEvent;
}

/** How a client is connected. */
export interface ClientLink {
  readonly transport: "stdio" | "websocket" | "in_process";
  readonly experimentalApi: boolean;
}

/** What an event says of the client, the thread and this machine. */
export interface About {
  readonly owner: ClientIdentity;
  /** Undefined for the process default, which is no client. */
  readonly link: ClientLink | undefined;
  readonly thread: ThreadDescription;
}

const operatingSystems: Readonly<Record<string, string>> = { darwin: "macos", win32: "windows" };

/** The members that say who it was, and on what; the product is the one that the thread is of. */
export function whoAndWhere({ owner, link, thread }: About, codexVersion: string): EventParams {
  return {
    app_server_client: {
      product_client_id: thread.originator,
      client_name: owner.client?.name ?? null,
      client_version: owner.client?.version ?? null,
      rpc_transport: link?.transport ?? "in_process",
      experimental_api_enabled: link?.experimentalApi ?? null,
    },
    runtime: {
      codex_rs_version: codexVersion,
      runtime_os: operatingSystems[process.platform] ?? process.platform,
      runtime_os_version: owner.host.osVersion,
      runtime_arch: owner.host.arch,
    },
  };
}

/** The members that say where a thread is from. */
export function lineageOf({ threadSource, parentThreadId }: ThreadDescription): EventParams {
  return { thread_source: threadSource, subagent_source: null, parent_thread_id: parentThreadId };
}

/** Whole seconds, as events have their times. */
export function inSeconds(ms: number): number {
  return Math.trunc(ms / 1000);
}
