/** An authority that withdraws certificates with OpenSSL's own tools: its database, its CRLs, its OCSP responder. */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type Issued, type IssueOptions, makeCa, type TestCa } from "./certs.ts";

export interface RevocationCa {
  readonly ca: TestCa;
  /** Where its certificates say that the responder is, and the list. */
  readonly ports: { readonly ocsp: number; readonly crl: number };
  /** `names`: what the certificate says of where to ask. */
  issue(options: IssueOptions, names: "ocsp" | "crl" | "both" | "none"): Issued;
  revoke(issued: Issued): void;
  /** PEM of a list of now. */
  crl(): string;
  /** An OCSP answer about this certificate, in DER. */
  answer(issued: Issued): Buffer;
  /** Starts `openssl ocsp` with what is known now. */
  serveOcsp(): Promise<() => Promise<void>>;
  /** Serves the list as it was made now. */
  serveCrl(): Promise<{ readonly gets: number; stop(): void }>;
}

const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });

export async function openRevocationCa(cn = "Withdrawing CA"): Promise<RevocationCa> {
  const ca = makeCa(cn);
  const at = (name: string) => join(ca.dir, name);
  const ports = { ocsp: await freePort(), crl: await freePort() };
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("crlnumber"), "01\n");
  const settings = ["database", "crlnumber"].map((name) => `${name}=${at(name === "database" ? "index.txt" : name)}`);
  const lines = [
    "[ca]",
    "default_ca=own",
    "[own]",
    ...settings,
    "default_md=sha256",
    "default_crl_days=1",
    "unique_subject=no",
  ];
  writeFileSync(at("ca.cnf"), `${lines.join("\n")}\n`);
  const withCa = ["-config", at("ca.cnf"), "-cert", ca.certFile, "-keyfile", at("ca.key")];
  const signer = ca.issue({ cn: "responder", for: "server", extensions: ["extendedKeyUsage=OCSPSigning"] });
  const responder = [
    "-index",
    at("index.txt"),
    "-CA",
    ca.certFile,
    "-rsigner",
    signer.certFile,
    "-rkey",
    signer.keyFile,
    "-ndays",
    "1",
  ];
  const crl = () => {
    openssl("ca", ...withCa, "-gencrl", "-out", at("list.pem"));
    return readFileSync(at("list.pem"), "utf8");
  };
  return {
    ca,
    ports,
    crl,
    issue(options, names) {
      const ocsp = `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${ports.ocsp}/`;
      const list = `crlDistributionPoints=URI:http://127.0.0.1:${ports.crl}/list.crl`;
      const extensions = { ocsp: [ocsp], crl: [list], both: [ocsp, list], none: [] }[names];
      const issued = ca.issue({ ...options, extensions: [...extensions, ...(options.extensions ?? [])] });
      openssl("ca", ...withCa, "-valid", issued.certFile);
      return issued;
    },
    revoke: ({ certFile }) => void openssl("ca", ...withCa, "-revoke", certFile),
    answer({ certFile }) {
      openssl(
        "ocsp",
        ...responder,
        "-issuer",
        ca.certFile,
        "-cert",
        certFile,
        "-respout",
        at("answer.der"),
        "-noverify",
      );
      return readFileSync(at("answer.der"));
    },
    async serveOcsp() {
      const child = spawn("openssl", ["ocsp", ...responder, "-port", String(ports.ocsp)]);
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      process.once("exit", () => child.kill());
      // A connection that only looks whether it is there may end it: it answers what was no question.
      await new Promise<void>((resolve, reject) => {
        const said = (text: Buffer) => /waiting for OCSP/i.test(String(text)) && resolve();
        for (const stream of [child.stdout, child.stderr]) stream.on("data", said);
        child.once("exit", () => reject(new Error("the responder ended")));
      });
      return async () => {
        child.kill();
        await ended;
      };
    },
    async serveCrl() {
      const der = Buffer.from(crl().replace(/-----[^-]+-----|\s/g, ""), "base64");
      const state = { gets: 0, stop: () => server.close() };
      const server: Server = createServer((_request, response) => {
        state.gets += 1;
        response.end(der);
      });
      await new Promise<void>((resolve) => server.listen(ports.crl, "127.0.0.1", resolve));
      return state;
    },
  };
}

/** Below those that the system gives out: what is free now is still free when it is wanted. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error("no free port");
}
