/** scrypt for the records of passwords; it runs in libuv's threads. */
import { randomBytes, scrypt } from "node:crypto";
import { COST, formatRecord, keyBytes, type PasswordRecord } from "../../domain/security/password-record.ts";

/** A new record for a key, with a salt of its own. */
export async function makeRecord(key: Uint8Array, cost: number = COST.usual): Promise<string> {
  const parameters = { cost, blockSize: 8, parallel: 1, salt: randomBytes(16) } as const;
  return formatRecord({ ...parameters, hash: await hashOf(keyBytes(key), parameters) });
}

const HASH_BYTES = 32;

/** @throws when there is no memory for it */
export function hashOf(
  key: Buffer,
  { cost, blockSize, parallel, salt }: Omit<PasswordRecord, "hash">,
): Promise<Buffer> {
  const N = 2 ** cost;
  const options = { N, r: blockSize, p: parallel, maxmem: 128 * blockSize * (N + parallel + 2) };
  return new Promise((resolve, reject) => {
    scrypt(key, salt, HASH_BYTES, options, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
