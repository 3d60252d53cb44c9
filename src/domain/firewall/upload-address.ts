/**
 * Where the gateway itself may connect to, after it has looked a name up: a public name may stand for an address of the site (DNS rebinding).
 *
 * @see RFC 6890 (special-purpose addresses)
 */
import { isInNetwork } from "./host-kind.ts";
import type { LocationPolicy } from "./policy.ts";

const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/127",
  "64:ff9b::/96",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

/** @param host as the location names it; what the operator has listed may be anywhere */
export const mayConnect = (address: string, host: string, { hosts, networks }: LocationPolicy): boolean =>
  hosts.some((listed) => listed.toLowerCase() === host.toLowerCase()) ||
  networks.some((network) => isInNetwork(address, network)) ||
  !NOT_PUBLIC.some((network) => isInNetwork(address, network));
