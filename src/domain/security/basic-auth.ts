/**
 * HTTP Basic authentication of stations, over bytes: a 1.6 station may send the raw bytes of its AuthorizationKey, which no text
 * survives.
 *
 * A key configured as 32 to 40 hex digits is accepted as those bytes, as the digits (either case), or as text; any other key as
 * UTF-8 text. The identity may contain ":" in 1.6, so the user name is checked as a prefix, never split off.
 *
 * @see OCPP 1.6 security white paper §3.4; OCPP 2.0.1 Part 2 A00.FR.204–207
 */
import { createHash, timingSafeEqual } from "node:crypto";

/** An AuthorizationKey of 1.6 as it is configured: 16 to 20 bytes in digits. */
export const HEX_KEY = /^(?:[0-9a-fA-F]{2}){16,20}$/;

/** The decoded `user:password` bytes of an Authorization header; undefined when it is no Basic header. */
export function basicCredentials(header: string | undefined): Buffer | undefined {
  const match = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? "");
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], "base64");
}

/**
 * True when `credentials` is `identity:key` in one of the key's forms. Takes the same time whatever is wrong.
 *
 * @param key undefined: no key is configured, nothing matches
 */
export function isAuthentic(credentials: Buffer | undefined, identity: string, key: string | undefined): boolean {
  const given = digest(credentials ?? Buffer.alloc(0));
  let authentic = false;
  for (const form of formsOf(key ?? "")) {
    const expected = digest(Buffer.concat([Buffer.from(`${identity}:`), form]));
    if (timingSafeEqual(given, expected)) authentic = true;
  }
  return authentic && credentials !== undefined && key !== undefined && key !== "";
}

/** Always four, so that the time does not tell which kind of key a station has. */
function formsOf(key: string): readonly Buffer[] {
  const text = Buffer.from(key);
  if (!HEX_KEY.test(key)) return [text, text, text, text];
  return [text, Buffer.from(key, "hex"), Buffer.from(key.toLowerCase()), Buffer.from(key.toUpperCase())];
}

const digest = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();
