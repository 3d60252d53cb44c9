// deadline: 180s
/** `twinlane pki` as a person uses it, and OpenSSL's opinion of what comes out. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasOpenssl } from "../support/certs.ts";
import { requires } from "../support/requires.ts";
import { startCli } from "../support/run-cli.ts";
import { tempDir } from "../support/temp-dir.ts";

const withOpenssl = requires("openssl", hasOpenssl());
const dir = join(tempDir(), "pki");
const openssl = (...args: readonly string[]): string =>
  execFileSync("openssl", args, { cwd: dir, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

async function pki(...args: readonly string[]) {
  const { code, stdout, stderr } = await startCli(["pki", ...args, "--dir", dir]).finished;
  return { code, stdout, stderr };
}

withOpenssl("an authority is made once, issues for stations and gateway, and OpenSSL agrees", async () => {
  const made = await pki("init", "--name", "Depot 7", "--organisation", "Example");
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stderr, /clientCa/);
  assert.is((await pki("init")).code, 78, "a second one would make the first worthless");
  assert.is((await pki("issue", "CP-001")).code, 0);
  assert.is((await pki("issue", "gateway", "--server", "--san", "gw.local", "192.168.7.1")).code, 0);
  assert.match(openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "CP-001.pem"), "OK");
  const server = ["-purpose", "sslserver", "-verify_ip", "192.168.7.1", "-CAfile", "ca.pem", "gateway.pem"];
  assert.match(openssl("verify", "-x509_strict", ...server), "OK");
  assert.is(openssl("pkey", "-in", "CP-001.key", "-pubout"), openssl("x509", "-in", "CP-001.pem", "-noout", "-pubkey"));
  assert.is(statSync(join(dir, "CP-001.key")).mode & 0o777, 0o600);
  assert.is((await pki("trust")).stdout, readFileSync(join(dir, "ca.pem"), "utf8"));
});

withOpenssl("a key that stays where it is: a request of OpenSSL's is signed, one for another name is not", async () => {
  openssl(
    "req",
    "-new",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    "x.key",
    "-subj",
    "/CN=CP-002",
    "-out",
    "x.csr",
  );
  assert.is((await pki("issue", "CP-003", "--csr", join(dir, "x.csr"))).code, 78);
  const issued = await pki("issue", "CP-002", "--csr", join(dir, "x.csr"));
  assert.is(issued.code, 0, issued.stderr);
  assert.is(openssl("pkey", "-in", "x.key", "-pubout"), openssl("x509", "-in", "CP-002.pem", "-noout", "-pubkey"));
});

withOpenssl("a request for another authority, and what that has made of it", async () => {
  assert.is((await pki("csr", "CP-010", "--organisation", 'CPO, "Ltd"')).code, 0);
  assert.match(
    openssl("req", "-in", "CP-010.csr", "-noout", "-verify", "-subject", "-nameopt", "multiline"),
    'CPO, "Ltd"',
  );
  const authority = ["-newkey", "rsa:2048", "-nodes", "-keyout", "o.key", "-subj", "/CN=Other", "-out", "o.pem"];
  openssl("req", "-x509", ...authority);
  openssl(
    "x509",
    "-req",
    "-in",
    "CP-010.csr",
    "-CA",
    "o.pem",
    "-CAkey",
    "o.key",
    "-set_serial",
    "9",
    "-days",
    "20",
    "-out",
    "c.pem",
  );
  assert.is((await pki("import", "CP-011", join(dir, "c.pem"))).code, 78, "another station's");
  const taken = await pki("import", "CP-010", join(dir, "c.pem"));
  assert.is(taken.code, 0, taken.stderr);
});

withOpenssl("what ends soon is said, and renewed with a new key", async () => {
  const before = openssl("x509", "-in", "CP-001.pem", "-noout", "-pubkey");
  const renewed = await pki("renew", "CP-001", "--days", "400");
  assert.is(renewed.code, 0, renewed.stderr);
  assert.is.not(openssl("x509", "-in", "CP-001.pem", "-noout", "-pubkey"), before);
  const { stdout } = await pki("list");
  assert.match(stdout, /^CP-010 .* 19 days {2}ends soon/m);
  assert.match(stdout, /^CP-001 .* 399 days$/m);
  const { certificates } = JSON.parse((await pki("list", "--json")).stdout) as { certificates: { name: string }[] };
  assert.equal(certificates.map(({ name }) => name).sort(), ["CP-001", "CP-002", "CP-010", "ca", "gateway"]);
});

test("without an authority, and with a name that is a path, it says what is wrong and makes nothing", async () => {
  const empty = join(tempDir(), "none");
  const none = await startCli(["pki", "issue", "CP-1", "--dir", empty]).finished;
  assert.is(none.code, 78);
  assert.match(none.stderr, /twinlane pki init/);
  assert.is((await pki("issue", "../x")).code, 78);
});

test.run();
