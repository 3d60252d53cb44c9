/** An EST server whose authority is `openssl`: it verifies requests, issues, and packs certs-only PKCS #7. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { Authority, PkiKit } from "./pki.ts";
import { tempDir } from "./temp-dir.ts";

const run = promisify(execFile);
const openssl = async (...args: string[]): Promise<string> => (await run("openssl", args)).stdout;

export interface EstAsked {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  /** Common name of the client's certificate. */
  readonly shown: string | undefined;
  readonly body: string;
}

export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface EstServer extends AsyncDisposable {
  readonly url: string;
  /** PEM of its root. */
  readonly ca: string;
  readonly asked: EstAsked[];
  /** PEM of what was issued. */
  readonly issued: string[];
  /** Answers before it issues anything, first come first served. */
  readonly script: Scripted[];
  /** Who issues; to be set before anybody asks. */
  authority: Authority | undefined;
}

export async function openEstServer(kit: PkiKit): Promise<EstServer> {
  const root = await kit.authority("EST root");
  const key = await kit.keys.generate("est", "ec-p256");
  const cert = await root.issue({
    subject: { organisation: "EST", commonName: "localhost" },
    spki: (await kit.keys.publicKey(key)) ?? new Uint8Array(),
    role: "server",
    names: ["localhost", "127.0.0.1"],
  });
  const est = { asked: [] as EstAsked[], issued: [] as string[], script: [] as Scripted[] };
  let authority: Authority | undefined;
  const issue = async (body: string): Promise<Scripted> => {
    if (authority === undefined) return { status: 503 };
    const made = await issueWithOpenssl(kit, authority, body);
    est.issued.push(made.pem);
    return { status: 200, headers: { "content-type": "application/pkcs7-mime; smime-type=certs-only" }, body: made.p7 };
  };
  const server = createServer(
    { cert, ...(await kit.keys.tls(key)), requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      void text(request).then(async (body) => {
        est.asked.push(askedBy(request, body));
        const { status, headers = {}, body: answer = "" } = est.script.shift() ?? (await issue(body));
        response.writeHead(status, headers).end(answer);
      });
    },
  );
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    ...est,
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: root.pem,
    get authority() {
      return authority;
    },
    set authority(value) {
      authority = value;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}

function askedBy({ url = "", headers, socket }: IncomingMessage, body: string): EstAsked {
  const subject = (socket as TLSSocket).getPeerX509Certificate()?.subject;
  return {
    path: url,
    contentType: headers["content-type"],
    authorization: headers.authorization,
    shown: subject === undefined ? undefined : (/CN=(.*)/.exec(subject)?.[1] ?? "?"),
    body,
  };
}

async function issueWithOpenssl(kit: PkiKit, authority: Authority, body: string) {
  const dir = mkdtempSync(join(tempDir(), "est-"));
  const at = (name: string, content?: string | Buffer): string => {
    const path = join(dir, name);
    if (content !== undefined) writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const csr = at("request.der", Buffer.from(body, "base64"));
  await openssl("req", "-verify", "-noout", "-inform", "DER", "-in", csr);
  const tls = await kit.keys.tls(authority.key);
  if (!("key" in tls)) throw new Error("the authority's key is not a file");
  const ca = at("ca.pem", authority.pem);
  const pem = at("issued.pem");
  await openssl(
    ...["x509", "-req", "-inform", "DER", "-in", csr, "-out", pem, "-days", "60", "-sha256"],
    ...["-CA", ca, "-CAkey", at("ca.key", tls.key), "-set_serial", `0x1${randomBytes(8).toString("hex")}`],
    ...["-extfile", at("extensions", "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")],
  );
  await openssl("verify", "-CAfile", ca, pem);
  const p7 = await openssl("crl2pkcs7", "-nocrl", "-certfile", pem);
  return { pem: await openssl("x509", "-in", pem), p7: p7.replace(/-----[^-]+-----/g, "") };
}
