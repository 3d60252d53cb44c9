import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inspectConfig } from "../../src/config/load.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { isGatewayError } from "../../src/domain/error.ts";
import { tempDir } from "../support/temp-dir.ts";

const dir = tempDir();
const put = (name: string, text: string, mode = 0o600) => {
  writeFileSync(join(dir, name), text, { mode });
  return name;
};

/** The station password that a source gives. */
const passwordFrom = (password: unknown, environment: Record<string, string> = {}) =>
  parseConfig({ listen: { port: 0 }, stations: [{ match: "A", password }] }, { baseDir: dir, environment }).stations[0]
    ?.password;

const refusal = (password: unknown, environment: Record<string, string> = {}): string => {
  try {
    passwordFrom(password, environment);
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_SECRET_UNREADABLE"), String(error));
    return (error as Error).message;
  }
  return assert.unreachable() ?? "";
};

test("secrets come from files, credentials and variables, without their last newline", () => {
  put("station.key", "0123456789abcdef\n");
  assert.is(passwordFrom({ file: "station.key" }), "0123456789abcdef");
  assert.is(passwordFrom({ file: join(dir, "station.key") }), "0123456789abcdef");
  assert.is(passwordFrom({ env: "STATION_KEY" }, { STATION_KEY: "fedcba9876543210" }), "fedcba9876543210");
  // systemd makes credentials readable to the service by an ACL, which shows as group bits.
  mkdirSync(join(dir, "credentials"));
  put("credentials/station", "credential-000001", 0o440);
  assert.is(
    passwordFrom({ credential: "station" }, { CREDENTIALS_DIRECTORY: join(dir, "credentials") }),
    "credential-000001",
  );
});

test("a secret file that others may read is refused with the command that helps", () => {
  for (const mode of [0o640, 0o604, 0o660, 0o606]) {
    put(`open-${mode}`, "secret-0123456789", mode);
    const message = refusal({ file: `open-${mode}` });
    assert.match(message, `chmod 600 ${join(dir, `open-${mode}`)}`);
    assert.match(message, "/stations/0/password");
  }
});

test("a secret that is not there is named by its place", () => {
  assert.match(refusal({ file: "none" }), "there is no such file");
  assert.match(refusal({ file: "." }), /cannot read|others may read/);
  assert.match(refusal({ env: "NOT_SET" }), "the environment variable NOT_SET is not set");
  assert.match(refusal({ credential: "x" }), "$CREDENTIALS_DIRECTORY is not set");
  put("empty", "\n");
  assert.match(refusal({ file: "empty" }), "is empty");
});

test("a credential cannot lead out of its directory", () => {
  assert.throws(
    () => passwordFrom({ credential: "../x" }, { CREDENTIALS_DIRECTORY: dir }),
    /must be the name of a credential/,
  );
});

test("a key must belong to its certificate, and both must be readable", () => {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  for (const name of ["a", "b"]) {
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.crt`,
    );
  }
  const errors = (tls: object) => {
    try {
      parseConfig({ listen: { port: 0, tls } }, { baseDir: dir });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.is(errors({ cert: { file: "a.crt" }, key: { file: "a.key" } }), "");
  assert.match(errors({ cert: { file: "a.crt" }, key: { file: "b.key" } }), "/listen/tls/key is not the private key");
  assert.match(
    errors({ cert: { file: "a.key" }, key: { file: "a.key" } }),
    "/listen/tls/cert holds no PEM certificate",
  );
  assert.match(errors({ cert: { file: "a.crt" }, key: { file: "a.crt" } }), "/listen/tls/key");
  const inToken = errors({ cert: { file: "a.crt" }, key: "pkcs11:token=gateway;object=a?pin-value=1234" });
  assert.match(inToken, '/listen/tls/key a key in a token is not taken here; "keys.store"');
  assert.not.match(inToken, "1234");
  const ca = { cert: { file: "a.crt" }, key: { file: "a.key" }, clientCa: { file: "station.key" } };
  assert.match(errors(ca), "/listen/tls/clientCa holds no PEM certificate");
});

test("no message ever quotes what may be a secret, however the file is wrong", () => {
  const canary = "hunter2canary";
  const wrong = fc.constantFrom(
    `listen: {port: 0}\nstations: [{match: A, password: {${canary}: 1}}]`,
    `listen: {port: 0}\nstations: [{match: A, password: {${canary}}}]`,
    `listen: {port: 0}\nstations: [{match: A, password: [${canary}]}]`,
    `listen: {port: 0}\nstations: [{match: A, securityProfile: 2, password: ${canary}}]`,
    `listen: {port: 0}\nstations: [{match: A, password: *${canary}}]`,
    `listen: {port: 0}\nstations: [{match: A, password: !${canary} x}]`,
    `listen: {port: 0}\nstations:\n  - match: A\n    password: ${canary}: x`,
    `listen: {port: 0}\nstations:\n  - match: A\n    password: "${canary}`,
    `listen: {port: 0}\nstations:\n  - match: A\n    password: @${canary}`,
    `listen: {port: 0}\nhealth: {gateway: g, pseudonymKey: ${canary}, mqtt: {url: "mqtt://127.0.0.1"}}`,
    `listen: {port: 0}\ncsms: {url: "wss://user:${canary}@csms/"}`,
    `listen: {port: 0, tls: {cert: x, key: ${canary}}}`,
    `listen: {port: 0}\ncsms: {url: "ws://127.0.0.1", password: {env: "${canary}-x"}}`,
  );
  fc.assert(
    fc.property(wrong, fc.integer({ min: 0, max: 3 }), (text, indent) => {
      const file = join(dir, "wrong.yaml");
      writeFileSync(file, text.replace(/^/gm, " ".repeat(indent)), { mode: 0o600 });
      const { issues } = inspectConfig(file, { environment: {} });
      assert.ok(issues.length > 0, text);
      assert.not.match(JSON.stringify(issues), canary);
    }),
  );
});

test.run();
