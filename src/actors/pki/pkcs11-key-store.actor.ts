/**
 * Private keys in a PKCS #11 token (HSM, TPM, smart card): made there, used there, destroyed there.
 *
 *     make, list, sign a request, destroy ─▶ pkcs11-tool, a child process
 *     TLS handshake ─▶ OpenSSL's engine `pkcs11`, in this process: its errors are the ones of a handshake
 *
 * A key's label is its id, its CKA_ID the generation in it; nothing else is kept anywhere. The engine gets the PIN from a file in memory
 * without a name: it prints the whole URI of a key that it does not find.
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { GatewayError } from "../../domain/error.ts";
import { type KeyId, keyId } from "../../domain/ids.ts";
import type { KeyKind } from "../../domain/pki/key-kind.ts";
import { privateKeyUri, type TokenUri } from "../../domain/pki/pkcs11-uri.ts";
import type { KeyStore, TlsKey } from "../../ports.ts";
import { askAgain } from "./ask-again.ts";
import { memoryFile } from "./memory-file.ts";
import { failure, Pkcs11Token } from "./pkcs11-tool.ts";
import { slotName } from "./slot-name.ts";
import { giveEngine } from "./token-environment.ts";

export interface Pkcs11KeyStoreOptions {
  readonly uri: TokenUri;
  readonly pin: string;
  /** Path of the engine; undefined: where distributions put it. */
  readonly engine?: string | undefined;
  /** `pkcs11-tool`; undefined: the one in PATH. */
  readonly tool?: string | undefined;
  /**
   * The token works again, but not for the engine of this process: OpenSSL's engine does not come back to a token that it has lost.
   * Nothing but a new process helps. Called once.
   */
  readonly onStale?: () => void;
}

const GENERATION_BYTES = 8;
const ID = /^[A-Za-z0-9_-]+\.([0-9a-f]{16})$/;
type KeyType = "privkey" | "pubkey";
const ENGINE = "pkcs11";
const ENGINE_PLACES = [
  "x86_64-linux-gnu",
  "aarch64-linux-gnu",
  "arm-linux-gnueabihf",
  "riscv64-linux-gnu",
  ".",
].flatMap((triplet) => ["/usr/lib", "/usr/lib64"].map((lib) => join(lib, triplet, "engines-3", `${ENGINE}.so`)));
/** Of one key: a busy token may say of one that is there that it is not. */
const MOST_DELETIONS = 5;
/** Handshakes that failed at the key, one after the other, before the engine is judged. */
const FAULTS_UNTIL_STALE = 2;

const TYPES: Readonly<Record<KeyKind, string>> = {
  "ec-p256": "EC:prime256v1",
  "ec-p384": "EC:secp384r1",
  "rsa-2048": "rsa:2048",
  "rsa-3072": "rsa:3072",
};

export function openPkcs11KeyStore(options: Pkcs11KeyStoreOptions): KeyStore {
  const { uri, pin, onStale } = options;
  const token = new Pkcs11Token({ uri, pin, program: options.tool ?? "pkcs11-tool" });
  let engine: { readonly pinFile: string } | undefined;
  let faults = 0;

  const listed = async (type: KeyType): Promise<string> =>
    (await askAgain(() => token.ask(["--list-objects", "--type", type]))).toString();
  const keys = async (): Promise<readonly ListedKey[]> => listedKeys(await listed("privkey"));

  const publicKeyOf = async (id: KeyId): Promise<KeyObject> => {
    const objects = (await listed("pubkey")).split(/^(?=Public Key Object)/m);
    const object = objects.find((text) => hasGeneration(text, id));
    if (object === undefined) throw failure("ERR_KEY_MISSING", "");
    const point = pointOf(object);
    if (point !== undefined) return createPublicKey({ key: point, format: "jwk" });
    const der = await token.ask(["--read-object", "--type", "pubkey", "--id", generationOf(id)]);
    return createPublicKey({ key: der, type: "spki", format: "der" });
  };

  const privateKeyOf = async (id: KeyId): Promise<ListedKey> => {
    const key = (await keys()).find((listedKey) => listedKey.id === id);
    if (key === undefined) throw failure("ERR_KEY_MISSING", "");
    return key;
  };

  const deleteOne = async (type: KeyType, id: KeyId): Promise<void> => {
    try {
      await token.ask(["--delete-object", "--type", type, "--id", generationOf(id)]);
    } catch (error) {
      if ((error as GatewayError).code !== "ERR_KEY_MISSING") throw error;
    }
  };

  /** What a disturbed token says of a deletion is not believed. */
  const isThere = async (id: KeyId): Promise<boolean> =>
    hasGeneration(await listed("privkey"), id) || hasGeneration(await listed("pubkey"), id);

  return {
    async generate(slot, kind) {
      const generation = randomBytes(GENERATION_BYTES).toString("hex");
      const id = keyId(`${slotName(slot)}.${generation}`);
      const names = ["--label", id, "--id", generation];
      const order = ["--keypairgen", "--key-type", TYPES[kind], "--sensitive", "--usage-sign", ...names];
      await askAgain(() => token.ask(order));
      const made = await askAgain(() => privateKeyOf(id));
      if (made.isExtractable) throw failure("ERR_KEY_TOKEN", "it would give keys away that it makes");
      return id;
    },
    async publicKey(id) {
      if (!ID.test(id) || !(await keys()).some((key) => key.id === id)) return undefined;
      return new Uint8Array((await askAgain(() => publicKeyOf(id))).export({ type: "spki", format: "der" }));
    },
    async sign(id, data) {
      if (!ID.test(id)) throw failure("ERR_KEY_MISSING", "");
      const key = await askAgain(() => publicKeyOf(id));
      const sign = (mechanism: string, input: Uint8Array) =>
        askAgain(() => token.ask(["--sign", "--mechanism", mechanism, "--id", generationOf(id)], input));
      if (key.asymmetricKeyType === "rsa") return new Uint8Array(await sign("SHA256-RSA-PKCS", data));
      const hash = key.asymmetricKeyDetails?.namedCurve === "secp384r1" ? "sha384" : "sha256";
      return new Uint8Array(await sign("ECDSA", createHash(hash).update(data).digest()));
    },
    async tls(id): Promise<TlsKey> {
      // Asked in a process of its own first: the engine remembers a token that it did not find, and tries a wrong PIN each time.
      await askAgain(() => privateKeyOf(id));
      engine ??= { pinFile: prepareEngine(uri, pin, options.engine) };
      return { privateKeyEngine: ENGINE, privateKeyIdentifier: privateKeyUri(uri, id, engine.pinFile) };
    },
    async list(slot) {
      const prefix = `${slotName(slot)}.`;
      return (await keys()).map(({ id }) => id).filter((id) => id.startsWith(prefix));
    },
    async destroy(id) {
      if (!ID.test(id)) return;
      for (let left = MOST_DELETIONS; left > 0; left -= 1) {
        // The public half first: where this is cut short, the private one is found again by its label.
        await deleteOne("pubkey", id);
        await deleteOne("privkey", id);
        if (!(await isThere(id))) return;
      }
      throw failure("ERR_KEY_TOKEN", "a key does not go");
    },
    handshake(worked) {
      faults = worked ? 0 : faults + 1;
      if (faults !== FAULTS_UNTIL_STALE) return;
      // A token that is still away will be asked again after as many.
      keys().then(
        () => onStale?.(),
        () => {
          faults = 0;
        },
      );
    },
  };
}

/** What keeps the token from being used, for who checks a configuration: asks it once. */
export async function tokenIssue(options: Pkcs11KeyStoreOptions): Promise<GatewayError | undefined> {
  try {
    if (findEngine(options.engine) === undefined) throw engineMissing();
    await openPkcs11KeyStore(options).list("");
    return undefined;
  } catch (error) {
    return error as GatewayError;
  }
}

/**
 * What the engine takes from the environment, as it offers no other way: its place, and the library. Node's own OpenSSL looks for engines
 * where it was built.
 *
 * @returns the file that holds the PIN
 */
function prepareEngine({ modulePath }: TokenUri, pin: string, configured: string | undefined): string {
  const path = findEngine(configured);
  if (path === undefined) throw engineMissing();
  giveEngine(dirname(path), modulePath);
  return memoryFile(pin);
}

const engineMissing = (): GatewayError =>
  failure("ERR_KEY_ENGINE_MISSING", "OpenSSL's engine pkcs11 (in Debian libengine-pkcs11-openssl)");

/** Undefined: it is not there. An engine has the name of its file. */
function findEngine(configured: string | undefined): string | undefined {
  const places = configured === undefined ? ENGINE_PLACES : [configured];
  return places.find((path) => basename(path) === `${ENGINE}.so` && existsSync(path));
}

const CURVES: Readonly<Record<string, string>> = { "06082a8648ce3d030107": "P-256", "06052b81040022": "P-384" };

/**
 * The public key on a curve, from `EC_POINT: 044104…` and `EC_PARAMS: 0608…`. Not read as an object: OpenSC 0.23 cannot read those of
 * P-384, and some tokens write a curve out in full, which certificates must not (RFC 5480 §2.1.1). Undefined: it is none.
 */
function pointOf(listed: string): JsonWebKey | undefined {
  const crv = CURVES[/^\s+EC_PARAMS:\s+([0-9a-f]+)/m.exec(listed)?.[1] ?? ""];
  const point = Buffer.from(/^\s+EC_POINT:\s+([0-9a-f]+)/m.exec(listed)?.[1] ?? "", "hex");
  const bytes = crv === "P-256" ? 32 : 48;
  if (crv === undefined || point.length < 2 * bytes) return undefined;
  const part = (fromEnd: number) =>
    point.subarray(point.length - fromEnd, point.length - fromEnd + bytes).toString("base64url");
  return { kty: "EC", crv, x: part(2 * bytes), y: part(bytes) };
}

/** Whether a list of objects has one of this key. */
const hasGeneration = (listed: string, id: KeyId): boolean =>
  new RegExp(`^\\s+ID:\\s+${generationOf(id)}\\s*$`, "m").test(listed);

const generationOf = (id: KeyId): string => ID.exec(id)?.[1] ?? "";

interface ListedKey {
  readonly id: KeyId;
  readonly isExtractable: boolean;
}

/** `Private Key Object; EC`, then lines `  label: …` and `  Access: sensitive, …`; keys of others are left out. */
function listedKeys(listed: string): readonly ListedKey[] {
  return listed.split(/^(?=Private Key Object)/m).flatMap((block) => {
    const label = /^\s+label:\s+(.*?)\s*$/m.exec(block)?.[1] ?? "";
    if (!ID.test(label)) return [];
    const access = (/^\s+Access:\s+(.*?)\s*$/m.exec(block)?.[1] ?? "").split(", ");
    return [{ id: keyId(label), isExtractable: access.includes("extractable") }];
  });
}
