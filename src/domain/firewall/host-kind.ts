/**
 * What the host part of a URL is. Other programs read hosts more generously than a person does: `http://2130706433/`,
 * `http://0x7f.1/` and `http://127.1/` all are the machine itself for many clients, so everything that some client may take for
 * a number is a number here.
 *
 * | host                          | kind      |
 * | ----------------------------- | --------- |
 * | `files.example.com`           | name      |
 * | `printer`, `nas.local`        | local     |
 * | `xn--bcher-kva.example`       | punycode  |
 * | `192.0.2.7`, `[2001:db8::1]`  | address   |
 * | `127.1`, `0x7f.0.0.1`, `1.2.3.04`, `2130706433` | odd-number |
 * | `a_b.example`, `bücher.example`, `a%2e.example`, empty | malformed |
 */

export type HostKind = "name" | "local" | "punycode" | "address" | "odd-number" | "malformed";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const LONGEST_HOST = 253;
/** Endings that name machines of a site and not of the Internet (RFC 6762, RFC 8375, ICANN's reserved `internal`). */
const LOCAL = new Set(["local", "localhost", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa"]);

/** @param host lower case; an IPv6 address in brackets */
export function hostKind(host: string): HostKind {
  if (host.startsWith("[")) return ipv6Words(host.slice(1, -1)) === undefined ? "malformed" : "address";
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  const labels = name.split(".");
  const last = labels[labels.length - 1] ?? "";
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(last)) return ipv4Bytes(host) === undefined ? "odd-number" : "address";
  if (name.length > LONGEST_HOST || !labels.every((label) => LABEL.test(label))) return "malformed";
  if (labels.some((label) => label.startsWith("xn--"))) return "punycode";
  return labels.length === 1 || LOCAL.has(last) ? "local" : "name";
}

/** The four bytes of an address in its one plain form; undefined for every other. */
export function ipv4Bytes(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The eight words of an IPv6 address without a zone; undefined when it is none. */
export function ipv6Words(text: string): readonly number[] | undefined {
  const halves = text.toLowerCase().split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(wordsOf);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Words between colons; the last may be an IPv4 address. */
function wordsOf(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const words: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/.test(part)) words.push(Number.parseInt(part, 16));
    else if (i === parts.length - 1) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4Bytes(part) ?? [];
      if (ipv4Bytes(part) === undefined) return undefined;
      words.push(a * 256 + b, c * 256 + d);
    } else return undefined;
  }
  return words;
}

/** Whether a plain address (brackets or not) is in a network such as `192.168.7.0/24`, `fd00::/8`, or is the address itself. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = "", prefix] = network.split("/");
  const bits = bitsOf(address.replace(/^\[|\]$/g, ""));
  const baseBits = bitsOf(base);
  if (bits === undefined || baseBits === undefined || bits.length !== baseBits.length) return false;
  const length = prefix === undefined ? bits.length : Number(prefix);
  return bits.slice(0, length) === baseBits.slice(0, length);
}

/** An address as zeros and ones; an IPv4 address in IPv6 clothes is the IPv4 address. */
function bitsOf(address: string): string | undefined {
  const bytes = ipv4Bytes(address);
  if (bytes !== undefined) return binary(bytes, 8);
  const words = ipv6Words(address);
  if (words === undefined) return undefined;
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  return isMapped ? binary(words.slice(6), 16) : binary(words, 16);
}

const binary = (parts: readonly number[], width: number): string =>
  parts.map((part) => part.toString(2).padStart(width, "0")).join("");
