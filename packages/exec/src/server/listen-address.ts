import { parseListenUrl, SwitchboardError, type ListenAddress } from "@switchboard/protocol";

/** Where an exec-server listens. */
export type ExecListenAddress = Extract<ListenAddress, { kind: "stdio" | "tcp" }>;

/**
 * Reads the value of `--listen`: `ws://IP:PORT`, `stdio` or `stdio://`.
 *
 * @throws {@link SwitchboardError} `invalid_listen_url`
 */
export function parseExecListenUrl(url: string): ExecListenAddress {
  if (url === "stdio" || url === "stdio://") return { kind: "stdio" };
  if (url.startsWith("ws://")) {
    const address = parseListenUrl(url);
    if (address.kind === "tcp") return address;
  }
  throw new SwitchboardError({
    code: "invalid_listen_url",
    message: `unsupported --listen URL \`${url}\`; expected \`ws://IP:PORT\` or \`stdio\``,
  });
}
