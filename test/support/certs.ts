/**
 * Certificates for tests: a CA of its own per test, EC P-256, made by the openssl command in a temporary folder.
 *
 *     const ca = makeCa();
 *     const server = ca.issue({ cn: "localhost", san: ["DNS:localhost", "IP:127.0.0.1"], for: "server" });
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface IssueOptions {
  readonly cn: string;
  /** OpenSSL spelling: `DNS:localhost`, `IP:127.0.0.1`. */
  readonly san?: readonly string[];
  readonly for: "client" | "server";
  /** Days until it expires; negative: it has expired. */
  readonly days?: number;
  /** Default: EC P-256. */
  readonly rsa?: boolean;
  /** Lines of OpenSSL's configuration, after the others; the last of one name counts. */
  readonly extensions?: readonly string[];
}

/** PEM texts, and the files they are in. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TestCa {
  /** PEM text of the CA's certificate. */
  readonly cert: string;
  readonly certFile: string;
  /** Folder of all files; removed by `dispose` or when the process ends. */
  readonly dir: string;
  issue(options: IssueOptions): Issued;
  dispose(): void;
}

const LOCALHOST = ["DNS:localhost", "IP:127.0.0.1"];

/** True where the openssl command can be used. */
export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export function makeCa(cn = "Twinlane test CA"): TestCa {
  const dir = mkdtempSync(join(tmpdir(), "twinlane-ca-"));
  const dispose = () => rmSync(dir, { recursive: true, force: true });
  process.once("exit", dispose);
  const keyFile = join(dir, "ca.key");
  const certFile = join(dir, "ca.crt");
  newKey(keyFile);
  openssl(["req", "-x509", "-new", "-key", keyFile, "-sha256", "-days", "30", "-subj", `/CN=${cn}`, "-out", certFile]);
  let serial = 1;
  return {
    cert: readFileSync(certFile, "utf8"),
    certFile,
    dir,
    issue: (options) => {
      serial += 1;
      return issue(options, { dir, caCert: certFile, caKey: keyFile, serial });
    },
    dispose,
  };
}

interface Authority {
  readonly dir: string;
  readonly caCert: string;
  readonly caKey: string;
  readonly serial: number;
}

function issue(
  { cn, san, for: role, days = 30, rsa = false, extensions: more = [] }: IssueOptions,
  { dir, caCert, caKey, serial }: Authority,
): Issued {
  const base = join(dir, `${role}-${serial}`);
  const [keyFile, csrFile, extFile, certFile] = [`${base}.key`, `${base}.csr`, `${base}.ext`, `${base}.crt`];
  newKey(keyFile, rsa);
  openssl(["req", "-new", "-key", keyFile, "-subj", `/CN=${cn}`, "-out", csrFile]);
  const names = san ?? (role === "server" ? LOCALHOST : []);
  const extensions = [
    "basicConstraints=critical,CA:FALSE",
    // Two authorities of one name are told apart by it.
    "authorityKeyIdentifier=keyid",
    // Suites without forward secrecy have the key decrypt.
    `keyUsage=critical,digitalSignature${rsa ? ",keyEncipherment" : ""}`,
    `extendedKeyUsage=${role}Auth`,
    ...(names.length > 0 ? [`subjectAltName=${names.join(",")}`] : []),
    ...more,
  ];
  writeFileSync(extFile, `${extensions.join("\n")}\n`);
  const authority = ["-CA", caCert, "-CAkey", caKey, "-set_serial", String(serial)];
  const validity = ["-sha256", "-days", String(days), "-extfile", extFile];
  openssl(["x509", "-req", "-in", csrFile, ...authority, ...validity, "-out", certFile]);
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile, keyFile };
}

const EC_P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA_2048 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

const newKey = (file: string, rsa = false): void => openssl(["genpkey", ...(rsa ? RSA_2048 : EC_P256), "-out", file]);

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
