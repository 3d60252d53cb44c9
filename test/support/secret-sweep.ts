/**
 * Looks for secrets in everything that was written: each as it is, in base64 at each of its three alignments, in hexadecimal of either case, and
 * as JSON, a URL and HTML would write it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Secret {
  readonly name: string;
  readonly bytes: Buffer;
}

/** @param value text, or bytes such as those of a key in DER */
export const secret = (name: string, value: string | Uint8Array): Secret => ({
  name,
  bytes: Buffer.from(value as string),
});

export interface Sink {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Base64 of text with something before and behind, as far as that is the secret's alone. */
function aligned(bytes: Buffer, shift: 0 | 1 | 2): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = shift === 0 ? 0 : shift + 1;
  return text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
}

/** By the name of its spelling. */
export function spellings({ bytes }: Secret): ReadonlyMap<string, Buffer> {
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  const written: Record<string, string> = {
    hex: bytes.toString("hex"),
    HEX: bytes.toString("hex").toUpperCase(),
    ...(isText && { json: JSON.stringify(text).slice(1, -1), url: encodeURIComponent(text) }),
  };
  for (const shift of [0, 1, 2] as const) {
    const base64 = aligned(bytes, shift);
    written[`base64 +${shift}`] = base64;
    written[`base64url +${shift}`] = base64.replaceAll("+", "-").replaceAll("/", "_");
  }
  return new Map([
    ["plain", bytes],
    ...Object.entries(written).map(([name, one]) => [name, Buffer.from(one)] as const),
  ]);
}

/** Names of what was found, as `secret (spelling) in sink`; line ends do not hide anything. */
export function sweep(secrets: readonly Secret[], sinks: readonly Sink[]): readonly string[] {
  const found = new Set<string>();
  for (const sink of sinks) {
    // PEM and pretty JSON break lines in the middle of a value.
    const bare = Buffer.from(sink.bytes.toString("latin1").replace(/\r?\n|\\n/g, ""), "latin1");
    for (const one of secrets)
      for (const [spelling, bytes] of spellings(one))
        if (sink.bytes.includes(bytes) || bare.includes(bytes)) found.add(`${one.name} (${spelling}) in ${sink.name}`);
  }
  return [...found];
}

/** Every file below a folder. */
export function filesOf(folder: string): readonly Sink[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), bytes: readFileSync(path) }));
}
