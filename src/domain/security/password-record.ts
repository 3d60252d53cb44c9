/**
 * A station's password as it is kept: not the key, but what scrypt makes of it.
 *
 *     scrypt$15$8$1$<salt>$<hash>      log2 N, r, p; salt and hash in base64url
 *
 * One record serves every form in which a key may be sent: digits of a hex key are turned into its bytes on both sides.
 *
 * @see OCPP 2.0.1 Part 2 A01.FR.08 (only salted hashes are kept); OCPP 1.6 security white paper §3.4; RFC 7914
 */
import { HEX_KEY } from "./basic-auth.ts";

const PREFIX = "scrypt$";
const RECORD = /^scrypt\$(\d{2})\$8\$(\d)\$([A-Za-z0-9_-]{22,86})\$([A-Za-z0-9_-]{43})$/;

/** Of N: below it guessing is cheap, above it one login takes 64 MiB. */
export const COST = { least: 14, usual: 15, most: 16 } as const;
const MOST_PARALLEL = 4;

export interface PasswordRecord {
  /** log2 of scrypt's N. */
  readonly cost: number;
  readonly blockSize: 8;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** True for a text that means to be a record, whether or not it is a good one. */
export const isRecord = (text: string): boolean => text.startsWith(PREFIX);

/** Undefined: no record, or one that would cost too little or too much. */
export function parseRecord(text: string): PasswordRecord | undefined {
  const [, cost = "", parallel = "", salt = "", hash = ""] = RECORD.exec(text) ?? [];
  const record = {
    cost: Number(cost),
    blockSize: 8,
    parallel: Number(parallel),
    salt: Buffer.from(salt, "base64url"),
    hash: Buffer.from(hash, "base64url"),
  } as const;
  const isUsable = record.cost >= COST.least && record.cost <= COST.most;
  return isUsable && record.parallel >= 1 && record.parallel <= MOST_PARALLEL ? record : undefined;
}

export const formatRecord = ({ cost, blockSize, parallel, salt, hash }: PasswordRecord): string =>
  `${PREFIX}${cost}$${blockSize}$${parallel}$${salt.toString("base64url")}$${hash.toString("base64url")}`;

/** The bytes that are hashed: of a key of 32 to 40 hex digits what they stand for, of any other its own. */
export function keyBytes(key: Uint8Array): Buffer {
  const bytes = Buffer.from(key);
  const text = bytes.toString("latin1");
  return HEX_KEY.test(text) ? Buffer.from(text, "hex") : bytes;
}

/** What follows `identity:` in decoded Basic credentials; undefined: they are somebody else's, or none. */
export function passwordOf(credentials: Buffer | undefined, identity: string): Buffer | undefined {
  const user = Buffer.from(`${identity}:`);
  if (credentials === undefined || credentials.length <= user.length) return undefined;
  return credentials.subarray(0, user.length).equals(user) ? credentials.subarray(user.length) : undefined;
}
