/**
 * Where a station may fetch firmware from and send logs to. A station does what its CSMS says, so a CSMS that was broken into
 * would turn it into a scanner of the site's network and into a loader of anybody's software (SSRF).
 *
 * The grammar is narrower than that of URLs, because the station reads the text with a parser that nobody here knows: what two
 * parsers may read in two ways is refused. The gateway resolves no names: the station does that itself, later, and could be given
 * another address then (DNS rebinding). So names count, and a list of hosts is what really closes the door.
 */
import { hostKind, isInNetwork } from "./host-kind.ts";
import type { LocationPolicy } from "./policy.ts";

const LONGEST = 512;
const URL_FORM =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#[\]]*)@)?(\[[0-9a-f:.]*\]|[^@:/?#[\]]+)(?::([0-9]{1,5}))?([/?#].*)?$/i;
/** Blanks and controls, quotes, and what a shell understands; `&` is one of them, and allowed in a query. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_CHARACTER = /[\u0000-\u0020\u007f-\uffff`$;|<>\\"'{}^]/;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, ftps: 990, sftp: 22 };

/** @returns why the location is refused, without quoting it; undefined: it may be used */
export function locationFault(location: string, policy: LocationPolicy): string | undefined {
  if (location.length > LONGEST) return "the location is too long";
  if (BAD_CHARACTER.test(location)) return "the location holds a character that no location needs";
  const match = URL_FORM.exec(location);
  if (match === null) return "the location is no URL of the plain form";
  const [, scheme = "", user, host = "", port, rest = ""] = match;
  if (rest.split("?", 1)[0]?.includes("&")) return "the location holds a character that no location needs";
  if (rest.includes("@") && user === undefined && rest.startsWith("/") === false) return "the location is ambiguous";
  if (!policy.schemes.includes(scheme.toLowerCase())) return "the scheme is not allowed";
  if (user !== undefined && !policy.credentials) return "the location holds credentials";
  return portFault(scheme.toLowerCase(), port, policy) ?? hostFault(host.toLowerCase(), policy);
}

function portFault(scheme: string, port: string | undefined, { ports }: LocationPolicy): string | undefined {
  const number = port === undefined ? DEFAULT_PORTS[scheme] : Number(port);
  // A scheme that somebody has allowed, and whose usual port nobody knows here.
  if (number === undefined) return undefined;
  // The port that belongs to the scheme needs no mention.
  return number === DEFAULT_PORTS[scheme] || ports.includes(number) ? undefined : "the port is not allowed";
}

function hostFault(host: string, { hosts, networks }: LocationPolicy): string | undefined {
  if (hosts.some((listed) => isHost(host, listed.toLowerCase()))) return undefined;
  const kind = hostKind(host);
  switch (kind) {
    case "address":
      return networks.some((network) => isInNetwork(host, network)) ? undefined : "the host is an address";
    case "name":
      return hosts.length === 0 ? undefined : "the host is not listed";
    case "local":
      return "the host is of a local network";
    case "punycode":
      return "the host is an internationalised name";
    case "odd-number":
      return "the host is a number in an odd form";
    case "malformed":
      return "the host is no host name";
    default:
      return kind satisfies never;
  }
}

/** `*.example.com` is every name below, not `example.com` itself. A plain entry is that host, whatever it is. */
function isHost(host: string, listed: string): boolean {
  if (!listed.startsWith("*.")) return host === listed || host === `${listed}.`;
  return hostKind(host) === "name" && host.endsWith(listed.slice(1)) && host.length > listed.length - 1;
}
