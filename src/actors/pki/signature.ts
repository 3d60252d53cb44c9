/** Whether something was signed with a key: RSA (PKCS #1 v1.5, PSS) and ECDSA with SHA-2, Ed25519. Beside the event loop. */
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { sequence } from "../../domain/pki/der.ts";
import { algorithmOf, type Signed } from "../../domain/pki/signed.ts";

interface Algorithm {
  /** Null: the key's kind says it all. */
  readonly hash: string | null;
  readonly key: KeyObject["asymmetricKeyType"];
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  "1.2.840.113549.1.1.11": { hash: "sha256", key: "rsa" },
  "1.2.840.113549.1.1.12": { hash: "sha384", key: "rsa" },
  "1.2.840.113549.1.1.13": { hash: "sha512", key: "rsa" },
  "1.2.840.10045.4.3.2": { hash: "sha256", key: "ec" },
  "1.2.840.10045.4.3.3": { hash: "sha384", key: "ec" },
  "1.2.840.10045.4.3.4": { hash: "sha512", key: "ec" },
  "1.3.101.112": { hash: null, key: "ed25519" },
};
const RSA_PSS = "1.2.840.113549.1.1.10";
const PSS_HASHES: Readonly<Record<string, string>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** @param spki the signer's SubjectPublicKeyInfo in DER */
export function isSignedWith({ content, algorithm, signature }: Signed, spki: Uint8Array): Promise<boolean> {
  const { oid, parameters } = algorithmOf(algorithm);
  // Parameters of PSS begin with the hash, in a [0]; without it they mean SHA-1.
  const [hash] = sequence(parameters) ?? [];
  const pss = oid === RSA_PSS && hash !== undefined ? PSS_HASHES[algorithmOf(hash.body).oid] : undefined;
  const known = pss === undefined ? ALGORITHMS[oid] : { hash: pss, key: "rsa" as const };
  return new Promise((resolve) => {
    try {
      const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
      if (known === undefined || key.asymmetricKeyType !== known.key) return resolve(false);
      const padding = pss === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING };
      verify(known.hash, content, { key, ...padding }, signature, (error, isRight) =>
        resolve(error === null && isRight),
      );
    } catch {
      resolve(false);
    }
  });
}
