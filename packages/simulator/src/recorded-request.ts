import type { IncomingMessage } from "node:http";

/** A value that came out of JSON. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };

/** How an exchange ended: the whole script was sent (a cut counts), or the client or a close broke it off. */
export type Outcome = "sent" | "aborted";

/** How a request arrived: by itself, or as a message on a WebSocket, whose handshake then gave its headers. */
export type Transport = "http" | "websocket";

/** One request as it arrived. */
export class RecordedRequest {
  readonly transport: Transport;
  /** 0 for the first request of this simulator. */
  readonly index: number;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** Names as sent, in the order sent; values are the raw bytes as a latin1 string. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's bytes, not decompressed. */
  readonly bodyBytes: Buffer;
  /** Milliseconds since the epoch, with fractions: when the headers were in. */
  readonly arrivedAt: number;
  /** Which TCP connection brought it; 0 is the first. */
  readonly connectionIndex: number;
  /** Settles when the exchange is over. */
  readonly done: Promise<Outcome>;
  /** Undefined while the exchange is going on. */
  outcome: Outcome | undefined;
  /** When the exchange was over; same clock as {@link arrivedAt}. */
  finishedAt: number | undefined;

  #body: JsonValue | undefined;
  #parsed = false;
  #settle: (outcome: Outcome) => void = () => {};

  constructor(
    incoming: IncomingMessage,
    place: {
      readonly index: number;
      readonly connectionIndex: number;
      readonly arrivedAt: number;
      readonly bodyBytes: Buffer;
      readonly transport?: Transport;
    },
  ) {
    this.transport = place.transport ?? "http";
    this.index = place.index;
    this.connectionIndex = place.connectionIndex;
    this.arrivedAt = place.arrivedAt;
    this.bodyBytes = place.bodyBytes;
    this.method = incoming.method ?? "";
    this.path = incoming.url ?? "";
    this.headers = pairs(incoming.rawHeaders);
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The JSON body; undefined if there is none or it is not JSON (compressed, say). Parsed when first read. */
  get body(): JsonValue | undefined {
    if (!this.#parsed) {
      this.#parsed = true;
      this.#body = parse(this.bodyBytes);
    }
    return this.#body;
  }

  /** A header's value decoded as UTF-8; the name's case does not matter; several are joined with ", ". */
  header(name: string): string | undefined {
    const wanted = name.toLowerCase();
    const values = this.headers.filter(([each]) => each.toLowerCase() === wanted);
    if (values.length === 0) return undefined;
    return values.map(([, value]) => Buffer.from(value, "latin1").toString("utf8")).join(", ");
  }

  /** The member of the body at a path, e.g. `at("input", -1, "content", 0, "text")`; -1 is the last. */
  at(...path: readonly (string | number)[]): JsonValue | undefined {
    let value = this.body;
    for (const key of path) {
      if (typeof value !== "object" || value === null) return undefined;
      if (isList(value)) value = typeof key === "number" ? value.at(key) : undefined;
      else value = Object.hasOwn(value, key) ? value[key] : undefined;
    }
    return value;
  }

  /** Says that the exchange is over; only the first time counts. For the server. */
  settle(outcome: Outcome, at: number): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.finishedAt = at;
    this.#settle(outcome);
  }
}

function isList(value: JsonValue & object): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function pairs(rawHeaders: readonly string[]): (readonly [string, string])[] {
  const result: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    result.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return result;
}

function parse(bytes: Buffer): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(bytes.toString("utf8"));
    return value;
  } catch {
    return undefined;
  }
}
