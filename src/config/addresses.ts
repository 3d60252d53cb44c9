/** Which addresses are loopback or private (RFC 1918, 3927, 4193, 4291), and whether two listeners collide. */
import { BlockList, isIP } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
PRIVATE.addSubnet("fe80::", 10, "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");

const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

export const isLoopback = (host: string): boolean =>
  host === "localhost" || (isIP(host) !== 0 && LOOPBACK.check(host, family(host)));

export const isLoopbackOrPrivate = (host: string): boolean =>
  isLoopback(host) || (isIP(host) !== 0 && PRIVATE.check(host, family(host)));

/** True for a form such as `10.0.0.0/8`, `0.0.0.0` or `fd00::/8`. */
export function isNetwork(text: string): boolean {
  const [address = "", bits] = text.split("/");
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || Number(bits) <= (version === 6 ? 128 : 32);
}

/** Whether `host` is one of the addresses, or in one of the networks. A wildcard address must be listed itself. */
export function isListed(host: string, networks: readonly string[]): boolean {
  return networks.some((network) => {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) return address === host;
    if (isIP(host) === 0 || isWildcard(host) || family(host) !== family(address)) return false;
    const list = new BlockList();
    list.addSubnet(address, Number(bits), family(address));
    return list.check(host, family(host));
  });
}

export const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** Whether two listening places cannot be open at once. */
export const clashes = (
  a: { readonly host: string; readonly port: number },
  b: { readonly host: string; readonly port: number },
): boolean => a.port !== 0 && a.port === b.port && (a.host === b.host || isWildcard(a.host) || isWildcard(b.host));
