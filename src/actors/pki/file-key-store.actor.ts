/**
 * Private keys in files, one each: `<slot>.<generation>.key`, mode 0600 in a directory of mode 0700, as PKCS #8 in PEM, or sealed
 * with AES-256-GCM where a wrapping secret is configured.
 *
 *     secret ─ scrypt, salt of the file ─▶ wrapping key ─ AES-GCM, the key's id as associated data ─▶ file
 *
 * A store with a wrapping secret still reads keys that were written without one, and seals what it makes. Keys are read when they are
 * used and not kept; no error of this store says anything that was in a file.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  scrypt,
  sign as signWith,
} from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { GatewayError } from "../../domain/error.ts";
import { type KeyId, keyId } from "../../domain/ids.ts";
import type { KeyKind } from "../../domain/pki/key-kind.ts";
import type { KeyStore, TlsKey } from "../../ports.ts";
import { namesIn, readIfThere, removeDrafts, removeDurably, writeDurably } from "../durable-file.ts";
import { seal, unseal } from "../seal.ts";
import { slotName } from "./slot-name.ts";

export interface FileKeyStoreOptions {
  /** Made when the first key is. */
  readonly directory: string;
  /** Undefined: keys lie in their files as they are. */
  readonly wrappingSecret?: string | undefined;
}

const SUFFIX = ".key";
const GENERATION_BYTES = 8;
const SALT_BYTES = 16;
/** 32 MiB and some tens of milliseconds, once for each salt. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const ID = /^[A-Za-z0-9_-]+\.[0-9a-f]{16}$/;

const KINDS = {
  "ec-p256": { type: "ec", curve: "P-256" },
  "ec-p384": { type: "ec", curve: "P-384" },
  "rsa-2048": { type: "rsa", bits: 2048 },
  "rsa-3072": { type: "rsa", bits: 3072 },
} as const satisfies Readonly<Record<KeyKind, object>>;

export function openFileKeyStore({ directory, wrappingSecret }: FileKeyStoreOptions): KeyStore {
  const wrap = wrappingSecret === undefined ? undefined : createWrap(wrappingSecret);
  const drafts = removeDrafts(directory);
  const fileOf = (id: KeyId) => join(directory, `${id}${SUFFIX}`);

  const save = async (id: KeyId, pem: string): Promise<void> => {
    await drafts;
    await writeDurably(fileOf(id), wrap === undefined ? pem : await wrap.seal(pem, id));
  };

  const read = async (id: KeyId): Promise<KeyObject | undefined> => {
    const text = ID.test(id) ? await readPrivate(fileOf(id)) : undefined;
    if (text === undefined) return undefined;
    const pem = text.startsWith("{") ? await wrap?.open(text, id) : text;
    if (pem === undefined)
      throw unreadable(id, wrap === undefined ? "it is sealed, and no secret is configured" : SEALED);
    try {
      return createPrivateKey(pem);
    } catch {
      throw unreadable(id, "it is damaged");
    }
  };

  const mustRead = async (id: KeyId): Promise<KeyObject> => {
    const key = await read(id);
    if (key === undefined) throw unreadable(id, "there is none of this name");
    return key;
  };

  return {
    async generate(slot, kind) {
      const id = keyId(`${slotName(slot)}.${randomBytes(GENERATION_BYTES).toString("hex")}`);
      try {
        await save(id, pemOf(await newKey(kind)));
      } catch (cause) {
        throw new GatewayError("ERR_STORE", `The key ${id} cannot be kept: ${codeOf(cause)}`, { setting: "dataDir" });
      }
      return id;
    },
    async publicKey(id) {
      const key = await read(id);
      return key && new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
    },
    async sign(id, data) {
      const key = await mustRead(id);
      const isLong = key.asymmetricKeyDetails?.namedCurve === "secp384r1";
      return new Uint8Array(signWith(isLong ? "sha384" : "sha256", data, { key, dsaEncoding: "ieee-p1363" }));
    },
    tls: async (id): Promise<TlsKey> => ({ key: pemOf(await mustRead(id)) }),
    async list(slot) {
      const prefix = `${slotName(slot)}.`;
      const names = await namesIn(directory);
      return names
        .filter((name) => name.startsWith(prefix) && name.endsWith(SUFFIX))
        .map((name) => keyId(name.slice(0, -SUFFIX.length)));
    },
    async destroy(id) {
      if (ID.test(id)) await removeDurably(fileOf(id));
    },
  };
}

const SEALED = "it was sealed under another secret, or is damaged";

async function newKey(kind: KeyKind): Promise<KeyObject> {
  const options = KINDS[kind];
  const generate = promisify(generateKeyPair);
  const { privateKey } =
    options.type === "ec"
      ? await generate("ec", { namedCurve: options.curve })
      : await generate("rsa", { modulusLength: options.bits });
  return privateKey;
}

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

async function readPrivate(file: string): Promise<string | undefined> {
  const text = await readIfThere(file);
  if (text !== undefined && ((await stat(file)).mode & 0o077) !== 0) {
    throw new GatewayError("ERR_SECRET_UNREADABLE", `others may read ${file}; run: chmod 600 ${file}`);
  }
  return text;
}

/** Sealed files are JSON: `{"v":1,"salt":…,"sealed":…}`. */
interface SealedFile {
  readonly v: 1;
  readonly salt: string;
  readonly sealed: string;
}

function createWrap(secret: string) {
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  const keys = new Map<string, Promise<Buffer>>();
  const keyFor = (salt: string): Promise<Buffer> => {
    const key = keys.get(salt) ?? derive(secret, Buffer.from(salt, "base64url"), 32, SCRYPT);
    keys.set(salt, key);
    return key;
  };
  return {
    /** All keys of one process share a salt, so that they cost one derivation. */
    async seal(text: string, place: string): Promise<string> {
      const salt = keys.keys().next().value ?? randomBytes(SALT_BYTES).toString("base64url");
      const file: SealedFile = { v: 1, salt, sealed: seal(await keyFor(salt), text, place) };
      return JSON.stringify(file);
    },
    async open(text: string, place: string): Promise<string | undefined> {
      const file = parseSealed(text);
      return file && unseal(await keyFor(file.salt), file.sealed, place);
    },
  };
}

function parseSealed(text: string): SealedFile | undefined {
  try {
    const file = JSON.parse(text) as Partial<SealedFile>;
    return file.v === 1 && typeof file.salt === "string" && typeof file.sealed === "string"
      ? (file as SealedFile)
      : undefined;
  } catch {
    return undefined;
  }
}

const unreadable = (id: KeyId, reason: string): GatewayError =>
  new GatewayError("ERR_SECRET_UNREADABLE", `The key ${id} cannot be used: ${reason}`);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "failed";
