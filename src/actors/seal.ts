/** Texts that cannot be read, or moved to another place, without the key: AES-256-GCM, the place as associated data. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param secret 32 bytes */
export function seal(secret: Uint8Array, text: string, place: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", secret, iv).setAAD(Buffer.from(place));
  const body = Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return body.toString("base64url");
}

/** Undefined for what was not sealed at this place under this key. */
export function unseal(secret: Uint8Array, sealed: string, place: string): string | undefined {
  const body = Buffer.from(sealed, "base64url");
  const end = body.length - TAG_BYTES;
  if (end < IV_BYTES) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", secret, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(body.subarray(end));
    return decipher.update(body.subarray(IV_BYTES, end), undefined, "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}
