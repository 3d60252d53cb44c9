/**
 * X.509 and PKCS #10: reads certificates, makes signing requests and certificates. Signatures are made by the key store; what the
 * library takes for private keys here are names.
 *
 * `@peculiar/x509` takes half a second to load on a small machine, so it is loaded with the first certificate and not with the gateway.
 * Names go in as typed values: of a text with quotes or a comma the library makes another name.
 */
import { createHash, createPublicKey, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import type * as Library from "@peculiar/x509";
import { type EpochMs, epochMs, type KeyId } from "../../domain/ids.ts";
import type { CertificateFacts, Hashes, IsSignedBy } from "../../domain/pki/certificate.ts";
import { writePem } from "../../domain/pki/pem.ts";
import type { KeyStore } from "../../ports.ts";

/** What goes into a subject. */
export interface SubjectName {
  /** ISO 3166, two letters. */
  readonly country?: string | undefined;
  readonly organisation: string;
  readonly commonName: string;
}

export interface CertificateToIssue {
  readonly subject: SubjectName;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  readonly role: "ca" | "client" | "server";
  readonly serial: string;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  /** DNS names and IP addresses of a server. */
  readonly names?: readonly string[] | undefined;
  readonly issuerKey: KeyId;
  /** DER of the issuer's certificate; undefined: it signs itself. */
  readonly issuer?: Uint8Array | undefined;
}

export interface X509 {
  /** Undefined: these bytes are no certificate, or not only one. */
  read(der: Uint8Array): Promise<CertificateFacts | undefined>;
  /** A PKCS #10 request in PEM. */
  request(keys: KeyStore, id: KeyId, subject: SubjectName): Promise<string>;
  /** Subject and key of a PKCS #10 request that is signed with that key; undefined where it is not. */
  readRequest(
    der: Uint8Array,
  ): Promise<{ readonly commonNames: readonly string[]; readonly spki: Uint8Array } | undefined>;
  /** DER of the certificates in a certs-only PKCS #7 message; undefined where it is none. */
  readCertsOnly(der: Uint8Array): readonly Uint8Array[] | undefined;
  /** @returns DER */
  issue(keys: KeyStore, certificate: CertificateToIssue): Promise<Uint8Array>;
}

let loading: Promise<X509> | undefined;

/** Loads the library with the first call. */
export function loadX509(): Promise<X509> {
  loading ??= load();
  return loading;
}

async function load(): Promise<X509> {
  // The library's own dependency injection needs it before anything else of it runs.
  await import("reflect-metadata");
  const library = await import("@peculiar/x509");
  return {
    read: (der) => read(library, der),
    request: (keys, id, subject) => request(library, keys, id, subject),
    readRequest: (der) => readRequest(library, der),
    readCertsOnly: (der) => readCertsOnly(library, der),
    issue: (keys, certificate) => issue(library, keys, certificate),
  };
}

/** Signature and names, by OpenSSL. */
export const isSignedBy: IsSignedBy = (child, issuer) => {
  try {
    return new NodeCertificate(Buffer.from(child.der, "base64")).verify(
      new NodeCertificate(Buffer.from(issuer.der, "base64")).publicKey,
    );
  } catch {
    return false;
  }
};

/** @param der of the issuer, in base64 */
export function isIssuerOf(der: string, child: NodeCertificate): boolean {
  const issuer = new NodeCertificate(Buffer.from(der, "base64"));
  return child.checkIssued(issuer) && child.verify(issuer.publicKey);
}

/** SHA-256 of a public key, as `CertificateFacts.spki` has it. */
export const spkiDigest = (spki: Uint8Array): string => createHash("sha256").update(spki).digest("hex");

const ALGORITHMS = { SHA256: "SHA-256", SHA384: "SHA-384", SHA512: "SHA-512" } as const;

async function read(library: typeof Library, der: Uint8Array): Promise<CertificateFacts | undefined> {
  let node: NodeCertificate;
  let parsed: Library.X509Certificate;
  try {
    // OpenSSL passes over what follows; a certificate with a tail is none.
    node = new NodeCertificate(Buffer.from(der));
    parsed = new library.X509Certificate(der);
    if (node.raw.length !== der.length) return undefined;
    const { basic, usage, extended, names } = extensionsOf(library, parsed);
    return {
      der: Buffer.from(der).toString("base64"),
      fingerprint: createHash("sha256").update(der).digest("hex"),
      isVersion3: saysVersion3(der),
      serial: node.serialNumber.replace(/^0+(?=.)/, ""),
      commonNames: parsed.subjectName.getField("CN"),
      organisations: parsed.subjectName.getField("O"),
      subjectHashes: await hashes((algorithm) => parsed.subjectName.getThumbprint(algorithm)),
      issuerHashes: await hashes((algorithm) => parsed.issuerName.getThumbprint(algorithm)),
      keyHashes: await hashes((algorithm) => parsed.publicKey.getKeyIdentifier(algorithm)),
      spki: spkiDigest(new Uint8Array(parsed.publicKey.rawData)),
      key: strengthOf(node),
      signature: signatureOf(parsed.signatureAlgorithm as unknown as SignatureAlgorithm),
      notBefore: epochMs(parsed.notBefore.getTime()),
      notAfter: epochMs(parsed.notAfter.getTime()),
      isCa: basic?.ca === true,
      pathLength: basic?.pathLength,
      keyUsage: usage === undefined ? undefined : usagesOf(library, usage.usages),
      extendedKeyUsage: extended?.usages.map(String),
      networkNames: names,
    };
  } catch {
    return undefined;
  }
}

function extensionsOf(library: typeof Library, certificate: Library.X509Certificate) {
  const alternative = certificate.getExtension(library.SubjectAlternativeNameExtension);
  return {
    basic: certificate.getExtension(library.BasicConstraintsExtension) ?? undefined,
    usage: certificate.getExtension(library.KeyUsagesExtension) ?? undefined,
    extended: certificate.getExtension(library.ExtendedKeyUsageExtension) ?? undefined,
    names: (alternative?.names.items ?? [])
      .filter(({ type }) => type === "dns" || type === "ip")
      .map(({ value }) => value),
  };
}

async function hashes(digest: (algorithm: string) => Promise<ArrayBuffer>): Promise<Hashes> {
  const of = async (algorithm: string) => Buffer.from(await digest(algorithm)).toString("hex");
  const { SHA256, SHA384, SHA512 } = ALGORITHMS;
  return { SHA256: await of(SHA256), SHA384: await of(SHA384), SHA512: await of(SHA512) };
}

/** SEQUENCE { SEQUENCE { [0] { INTEGER 2 } …: the version is the first thing there is, and 1 when it is not there. */
function saysVersion3(der: Uint8Array): boolean {
  const bytes = Buffer.from(der);
  const inner = contentAt(bytes, contentAt(bytes, 0));
  return bytes.subarray(inner, inner + 5).equals(Buffer.from([0xa0, 3, 2, 1, 2]));
}

/** Where the content of the value at `at` begins; only for DER that a parser has taken. */
function contentAt(der: Buffer, at: number): number {
  const length = der[at + 1] ?? 0;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp224r1: 224,
};

function strengthOf({ publicKey }: NodeCertificate): CertificateFacts["key"] {
  const { modulusLength = 0, namedCurve = "" } = publicKey.asymmetricKeyDetails ?? {};
  switch (publicKey.asymmetricKeyType) {
    case "rsa":
    case "rsa-pss":
      return { type: "rsa", bits: modulusLength };
    case "ec":
      return { type: "ec", bits: CURVE_BITS[namedCurve] ?? 0 };
    default:
      return { type: "other", bits: 0 };
  }
}

/** The library's types name those of browsers, which Node's do not know. */
interface SignatureAlgorithm {
  readonly name: string;
  readonly hash?: string | { readonly name: string };
}

function signatureOf(algorithm: SignatureAlgorithm): CertificateFacts["signature"] {
  const hash = typeof algorithm.hash === "object" ? algorithm.hash.name : String(algorithm.hash ?? "");
  switch (algorithm.name) {
    case "ECDSA":
      return { type: "ecdsa", hash };
    case "RSASSA-PKCS1-v1_5":
      return { type: "rsa", hash };
    case "RSA-PSS":
      return { type: "rsa-pss", hash };
    default:
      return { type: "other", hash };
  }
}

function usagesOf({ KeyUsageFlags: flags }: typeof Library, usages: number): CertificateFacts["keyUsage"] {
  return [
    ...((usages & flags.digitalSignature) !== 0 ? (["digitalSignature"] as const) : []),
    ...((usages & flags.keyCertSign) !== 0 ? (["keyCertSign"] as const) : []),
    ...((usages & ~(flags.digitalSignature | flags.keyCertSign)) !== 0 ? (["other"] as const) : []),
  ];
}

async function request(library: typeof Library, keys: KeyStore, id: KeyId, subject: SubjectName): Promise<string> {
  const signer = await signerOf(keys, id);
  const made = await library.Pkcs10CertificateRequestGenerator.create(
    {
      name: nameOf(library, subject),
      keys: { publicKey: signer.publicKey, privateKey: signer.privateKey },
      signingAlgorithm: signer.algorithm,
      extensions: [new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true)],
    },
    signer.crypto,
  );
  return writePem("CERTIFICATE REQUEST", new Uint8Array(made.rawData));
}

async function readRequest(library: typeof Library, der: Uint8Array) {
  try {
    const parsed = new library.Pkcs10CertificateRequest(der);
    if (!(await parsed.verify(webcrypto))) return undefined;
    return { commonNames: parsed.subjectName.getField("CN"), spki: new Uint8Array(parsed.publicKey.rawData) };
  } catch {
    return undefined;
  }
}

/** What signs the message is not looked at: the certificates have to stand for themselves. */
function readCertsOnly(library: typeof Library, der: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    const found = [...new library.X509Certificates(der)].map(({ rawData }) => new Uint8Array(rawData));
    return found.length === 0 ? undefined : found;
  } catch {
    return undefined;
  }
}

async function issue(library: typeof Library, keys: KeyStore, wanted: CertificateToIssue): Promise<Uint8Array> {
  const signer = await signerOf(keys, wanted.issuerKey);
  const subject = nameOf(library, wanted.subject);
  const issuer = wanted.issuer && new library.X509Certificate(wanted.issuer);
  const made = await library.X509CertificateGenerator.create(
    {
      serialNumber: wanted.serial,
      subject,
      issuer: issuer?.subjectName ?? subject,
      notBefore: new Date(wanted.notBefore),
      notAfter: new Date(wanted.notAfter),
      publicKey: new library.PublicKey(wanted.spki),
      signingKey: signer.privateKey,
      signingAlgorithm: signer.algorithm,
      extensions: await extensionsFor(library, wanted, issuer),
    },
    signer.crypto,
  );
  return new Uint8Array(made.rawData);
}

async function extensionsFor(
  library: typeof Library,
  { role, spki, names = [] }: CertificateToIssue,
  issuer: Library.X509Certificate | undefined,
): Promise<Library.Extension[]> {
  const { KeyUsageFlags: flags } = library;
  const own = new library.PublicKey(spki);
  const isCa = role === "ca";
  return [
    new library.BasicConstraintsExtension(isCa, isCa ? 0 : undefined, true),
    new library.KeyUsagesExtension(isCa ? flags.keyCertSign | flags.cRLSign : flags.digitalSignature, true),
    await library.SubjectKeyIdentifierExtension.create(own, false, webcrypto),
    await library.AuthorityKeyIdentifierExtension.create(issuer?.publicKey ?? own, false, webcrypto),
    ...(isCa ? [] : [new library.ExtendedKeyUsageExtension([role === "server" ? SERVER_AUTH : CLIENT_AUTH])]),
    ...(names.length === 0 ? [] : [new library.SubjectAlternativeNameExtension(names.map(alternativeName))]),
  ];
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const alternativeName = (value: string) => ({
  type: /^[0-9.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const),
  value,
});

function nameOf(library: typeof Library, { country, organisation, commonName }: SubjectName): Library.Name {
  return new library.Name([
    ...(country === undefined ? [] : [{ C: [{ printableString: country }] }]),
    { O: [{ utf8String: organisation }] },
    { CN: [{ utf8String: commonName }] },
  ]);
}

/** The key store as the library's idea of cryptography: it asks for public keys and for signatures, and for nothing else. */
async function signerOf(keys: KeyStore, id: KeyId) {
  const spki = await keys.publicKey(id);
  if (spki === undefined) throw new Error(`there is no key ${id}`);
  const algorithm = algorithmOf(spki);
  const publicKey = await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const subtle = {
    exportKey: () => webcrypto.subtle.exportKey("spki", publicKey),
    sign: async (_algorithm: unknown, _key: unknown, data: ArrayBuffer) => {
      const signature = await keys.sign(id, new Uint8Array(data));
      return signature.slice().buffer;
    },
  };
  return {
    algorithm,
    publicKey,
    // The library looks at its algorithm, and hands it to `sign` above.
    privateKey: { type: "private", algorithm, extractable: false, usages: ["sign"] } as unknown as webcrypto.CryptoKey,
    crypto: { subtle, getRandomValues: webcrypto.getRandomValues.bind(webcrypto) } as unknown as webcrypto.Crypto,
  };
}

/** How the key store signs with this key, in WebCrypto's words. */
function algorithmOf(spki: Uint8Array) {
  const key = createPublicKey({ key: Buffer.from(spki), type: "spki", format: "der" });
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const isLong = key.asymmetricKeyDetails?.namedCurve === "secp384r1";
  return { name: "ECDSA", namedCurve: isLong ? "P-384" : "P-256", hash: isLong ? "SHA-384" : "SHA-256" };
}
