import { createPublicKey, verify } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openFileKeyStore } from "../../../src/actors/pki/file-key-store.actor.ts";
import { isGatewayError } from "../../../src/domain/error.ts";
import { keyId } from "../../../src/domain/ids.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SECRET = "correct horse battery staple";
const DATA = Buffer.from("to be signed");

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

test("a key is made in a file that only its owner may read, and signs what its public key verifies", async () => {
  const directory = join(tempDir(), "keys");
  const store = openFileKeyStore({ directory });
  for (const kind of ["ec-p256", "ec-p384", "rsa-2048"] as const) {
    const id = await store.generate("CS/0001", kind);
    const spki = await store.publicKey(id);
    const key = createPublicKey({ key: Buffer.from(spki ?? []), type: "spki", format: "der" });
    const signature = await store.sign(id, DATA);
    const hash = kind === "ec-p384" ? "sha384" : "sha256";
    assert.ok(verify(hash, DATA, { key, dsaEncoding: "ieee-p1363" }, signature), kind);
    createSecureContext(await store.tls(id));
    assert.is(statSync(join(directory, `${id}.key`)).mode & 0o777, 0o600);
  }
  assert.is(statSync(directory).mode & 0o777, 0o700);
});

test("a slot holds several generations, and another slot's are not among them", async () => {
  const store = openFileKeyStore({ directory: join(tempDir(), "keys") });
  const [first, second] = [await store.generate("A", "ec-p256"), await store.generate("A", "ec-p256")];
  await store.generate("A.", "ec-p256");
  assert.equal([...(await store.list("A"))].sort(), [first, second].sort());
  await store.destroy(first);
  await store.destroy(first);
  assert.equal(await store.list("A"), [second]);
  assert.is(await store.publicKey(first), undefined);
});

test("with a wrapping secret the file shows nothing of the key, and opens only under its secret and at its place", async () => {
  const directory = join(tempDir(), "keys");
  const store = openFileKeyStore({ directory, wrappingSecret: SECRET });
  const id = await store.generate("A", "ec-p256");
  const { key } = (await store.tls(id)) as { key: string };
  const file = join(directory, `${id}.key`);
  const text = readFileSync(file, "utf8");
  const secretPart = Buffer.from(key.split("\n").slice(1, -2).join(""), "base64").subarray(36, 68);
  for (const form of [key.split("\n")[1] ?? "?", secretPart.toString("base64"), secretPart.toString("hex"), SECRET])
    assert.not.ok(text.includes(form));
  const again = openFileKeyStore({ directory, wrappingSecret: SECRET });
  assert.equal(await again.publicKey(id), await store.publicKey(id));
  const wrong = openFileKeyStore({ directory, wrappingSecret: "another secret" });
  assert.ok(isGatewayError(await rejection(wrong.sign(id, DATA)), "ERR_SECRET_UNREADABLE"));
  assert.ok(isGatewayError(await rejection(openFileKeyStore({ directory }).tls(id)), "ERR_SECRET_UNREADABLE"));
  const moved = keyId(id.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")));
  renameSync(file, join(directory, `${moved}.key`));
  assert.ok(isGatewayError(await rejection(again.tls(moved)), "ERR_SECRET_UNREADABLE"));
});

test("a store that is given a secret later still reads what it had before", async () => {
  const directory = join(tempDir(), "keys");
  const id = await openFileKeyStore({ directory }).generate("A", "ec-p256");
  assert.ok(await openFileKeyStore({ directory, wrappingSecret: SECRET }).publicKey(id));
});

test("a key that others may read is refused, and so is a damaged one; neither error says what the file holds", async () => {
  const directory = join(tempDir(), "keys");
  const store = openFileKeyStore({ directory });
  const id = await store.generate("A", "ec-p256");
  const file = join(directory, `${id}.key`);
  chmodSync(file, 0o640);
  assert.match(String(await rejection(store.sign(id, DATA))), /chmod 600/);
  chmodSync(file, 0o600);
  writeFileSync(file, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IHN0dWZm\n-----END PRIVATE KEY-----\n");
  const error = await rejection(store.sign(id, DATA));
  assert.ok(isGatewayError(error, "ERR_SECRET_UNREADABLE"));
  assert.not.match(String((error as Error).stack), /c2VjcmV0/);
});

test("a name cannot lead out of the directory, and what a crash left half written is removed", async () => {
  const directory = join(tempDir(), "keys");
  const store = openFileKeyStore({ directory });
  assert.is(await store.publicKey(keyId("../x.0123456789abcdef")), undefined);
  const id = await store.generate("../../etc", "ec-p256");
  writeFileSync(join(directory, `${id}.key.abc.draft`), "half");
  await openFileKeyStore({ directory }).generate("B", "ec-p256");
  assert.not.ok(readdirSync(directory).some((name) => name.endsWith(".draft")));
});

test.run();
