/**
 * The numeric codes that cross the wire. The reference uses JSON-RPC's numbers in its own way:
 * whatever the decoder refuses (unknown method, bad params) is `invalidRequest`.
 */
export const rpcCodes = {
  /** Undecodable or illegal in the current state. */
  invalidRequest: -32600,
  /** A method of the protocol that this server does not offer. */
  methodNotFound: -32601,
  /** Decoded, but a value is not supported. */
  invalidParams: -32602,
  /** The server failed; the request may have been fine. */
  internal: -32603,
  /** A queue is full; the same request may succeed later. */
  overloaded: -32001,
} as const;

/** An error as a member of a reply frame. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The wire error family: what a peer is told when its request fails. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }

  /** The `error` member of the reply frame. */
  toJSON(): RpcErrorObject {
    const { code, message, data } = this;
    return data === undefined ? { code, message } : { code, message, data };
  }
}

/** -32600 with the given text: the usual refusal. */
export function invalidRequest(message: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, message);
}
