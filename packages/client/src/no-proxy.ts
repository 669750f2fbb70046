import { BlockList, isIP } from "node:net";

/**
 * Whether a host is reached directly by a `NO_PROXY` list: `*`, hosts (which mean their subdomains too, with
 * or without a leading dot), addresses and networks (`10.0.0.0/8`), each with an optional port.
 */
export function isReachedDirectly(noProxy: string, host: string, port: number): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry.toLowerCase(), name, port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const [, network, prefix] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined) return isInNetwork(host, network, Number(prefix));
  const [, bare = entry, ownPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (ownPort !== undefined && Number(ownPort) !== port) return false;
  const name = bare.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}
