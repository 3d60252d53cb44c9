/**
 * PEM as certificates are sent in OCPP: blocks of base64, and nothing that is none.
 *
 * Blank space between blocks passes. Text beside them does not: a peer that reads less than its sender meant is how chains get mixed up.
 *
 * @see RFC 7468; OCPP 2.0.1 Part 2 A00.FR.507
 */
import { err, ok, type Result } from "../result.ts";

export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

const BLOCK = /^\s*-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\s]*)-----END \1-----/;

/** The blocks in order. `not-pem`: there is none, or something else beside them. */
export function readPem(text: string): Result<readonly PemBlock[], "not-pem"> {
  const blocks: PemBlock[] = [];
  let rest = text;
  while (rest.trim() !== "") {
    const match = BLOCK.exec(rest);
    const [whole, label, body] = match ?? [];
    if (whole === undefined || label === undefined || body === undefined) return err("not-pem");
    const base64 = body.replace(/\s+/g, "");
    if (base64 === "" || base64.length % 4 !== 0) return err("not-pem");
    blocks.push({ label, der: Buffer.from(base64, "base64") });
    rest = rest.slice(whole.length);
  }
  return blocks.length === 0 ? err("not-pem") : ok(blocks);
}

/** One block, 64 characters a line. */
export function writePem(label: string, der: Uint8Array | string): string {
  const base64 = typeof der === "string" ? der : Buffer.from(der).toString("base64");
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;
}

/** The certificates of a chain, one after the other. */
export const chainPem = (chain: readonly { readonly der: string }[]): string =>
  chain.map(({ der }) => writePem("CERTIFICATE", der)).join("");
