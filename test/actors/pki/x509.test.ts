/** OpenSSL is the judge of what is made here, and of how certificates are named. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isSignedBy } from "../../../src/actors/pki/x509.ts";
import { hashDataOf } from "../../../src/domain/pki/hash-data.ts";
import { hasOpenssl } from "../../support/certs.ts";
import { DAY_MS, derOf, openPkiKit, SUBJECT } from "../../support/pki.ts";
import { requires } from "../../support/requires.ts";
import { tempDir } from "../../support/temp-dir.ts";

const withOpenssl = requires("openssl", hasOpenssl());
const dir = tempDir();
const openssl = (...args: readonly string[]): string =>
  execFileSync("openssl", args, { cwd: dir, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const put = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return name;
};

withOpenssl("A02 - a signing request verifies, and its names are what they were, whatever is in them", async () => {
  const { keys, x509 } = await openPkiKit();
  const subject = { country: "DE", organisation: 'Test CPO, GmbH + "ä" #41', commonName: "SN/0001=x" };
  for (const kind of ["ec-p256", "ec-p384", "rsa-2048"] as const) {
    const file = put("a.csr", await x509.request(keys, await keys.generate("A", kind), subject));
    const said = openssl(
      "req",
      "-in",
      file,
      "-noout",
      "-verify",
      "-subject",
      "-nameopt",
      "multiline,utf8,-esc_msb",
      "-text",
    );
    assert.match(said, 'organizationName          = Test CPO, GmbH + "ä" #41', kind);
    assert.match(said, "commonName                = SN/0001=x");
    assert.match(said, /X509v3 Key Usage: critical\s+Digital Signature/);
  }
  assert.ok(readFileSync(join(dir, "a.csr"), "utf8").length < 5_500, "it has to fit into the message");
});

withOpenssl("a certificate and its authority verify, for both uses", async () => {
  const { keys, x509, authority } = await openPkiKit();
  const ca = await authority("Site CA");
  const id = await keys.generate("A", "ec-p256");
  const request = await x509.readRequest(derOf(await x509.request(keys, id, SUBJECT)));
  assert.equal(request?.commonNames, ["SN-1"]);
  const spki = request?.spki ?? new Uint8Array();
  put("ca.pem", ca.pem);
  put("client.pem", await ca.issue({ spki }));
  put("server.pem", await ca.issue({ spki, role: "server", names: ["gw.example", "127.0.0.1", "::1"] }));
  assert.match(openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "client.pem"), "OK");
  const named = ["-purpose", "sslserver", "-verify_hostname", "gw.example", "-CAfile", "ca.pem", "server.pem"];
  assert.match(openssl("verify", "-x509_strict", ...named), "OK");
  assert.match(openssl("verify", "-verify_ip", "127.0.0.1", "-CAfile", "ca.pem", "server.pem"), "OK");
});

withOpenssl("M04 - a certificate's hashes and serial number are OpenSSL's, in all three algorithms", async () => {
  const { keys, authority, facts } = await openPkiKit();
  const old = await authority("Old root", { kind: "rsa-2048" });
  const ca = await authority("Root, signed by the old one", { issuer: old });
  const spki = (await keys.publicKey(await keys.generate("A", "ec-p256"))) ?? new Uint8Array();
  const leaf = await ca.issue({ spki, serial: "0fff" });
  for (const [pem, issuer] of [
    [leaf, ca],
    [ca.pem, old],
    [old.pem, old],
  ] as const) {
    put("subject.pem", pem);
    put("issuer.pem", issuer.pem);
    for (const hash of hashDataOf(await facts(pem), issuer.facts)) {
      const option = `-${hash.hashAlgorithm.toLowerCase()}`;
      const asked = ["-issuer", "issuer.pem", option, "-cert", "subject.pem", "-req_text", "-no_nonce"];
      const text = openssl("ocsp", ...asked).replace(/\\\n\s*/g, "");
      const of = (field: string) => new RegExp(`${field}: ([0-9A-F]+)`).exec(text)?.[1];
      assert.is(of("Issuer Name Hash"), hash.issuerNameHash.toUpperCase());
      assert.is(of("Issuer Key Hash"), hash.issuerKeyHash.toUpperCase());
      assert.is(of("Serial Number")?.replace(/^0+/, ""), hash.serialNumber);
    }
  }
});

withOpenssl("what OpenSSL has made is read as it is", async () => {
  const { facts, x509 } = await openPkiKit();
  const extensions = [
    "basicConstraints=critical,CA:TRUE,pathlen:2",
    "keyUsage=keyCertSign",
    "subjectAltName=DNS:a.example",
  ];
  const subject = ["-subj", "/C=NL/O=One/O=Two/CN=root", "-days", "10", "-set_serial", "0x00ab"];
  const more = extensions.flatMap((extension) => ["-addext", extension]);
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:3072",
    "-nodes",
    "-keyout",
    "k.pem",
    "-sha384",
    "-out",
    "r.pem",
    ...subject,
    ...more,
  );
  const pem = readFileSync(join(dir, "r.pem"), "utf8");
  const root = await facts(pem);
  assert.equal(root.key, { type: "rsa", bits: 3072 });
  assert.equal(root.signature, { type: "rsa", hash: "SHA-384" });
  assert.equal([root.commonNames, root.organisations, root.serial], [["root"], ["One", "Two"], "AB"]);
  assert.equal([root.isCa, root.pathLength, root.keyUsage, root.isVersion3], [true, 2, ["keyCertSign"], true]);
  assert.equal(root.networkNames, ["a.example"]);
  assert.is(root.notAfter - root.notBefore, 10 * DAY_MS);
  assert.ok(isSignedBy(root, root));
  const der = derOf(pem);
  assert.is(await x509.read(Buffer.concat([der, Buffer.from([5, 0])])), undefined, "a tail");
  assert.is(await x509.read(der.subarray(0, -1)), undefined, "cut off");
  openssl("req", "-x509", "-key", "k.pem", "-sha1", "-subj", "/CN=old", "-out", "old.pem");
  assert.is((await facts(readFileSync(join(dir, "old.pem"), "utf8"))).signature.hash, "SHA-1");
});

test("a request that was not signed with its own key is none", async () => {
  const { keys, x509 } = await openPkiKit();
  const der = Buffer.from(derOf(await x509.request(keys, await keys.generate("A", "ec-p256"), SUBJECT)));
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  assert.is(await x509.readRequest(der), undefined);
});

test.run();
