/** Keys in SoftHSM, as the gateway makes and uses them; OpenSSL's engine in this process. */
import { createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createSecureContext, createServer, type TLSSocket } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openPkcs11KeyStore, tokenIssue } from "../../../src/actors/pki/pkcs11-key-store.actor.ts";
import { isGatewayError } from "../../../src/domain/error.ts";
import { keyId } from "../../../src/domain/ids.ts";
import { parseTokenUri, type TokenUri } from "../../../src/domain/pki/pkcs11-uri.ts";
import { openPkiKit, SUBJECT } from "../../support/pki.ts";
import { requires } from "../../support/requires.ts";
import { hasSoftHsm, makeSoftHsm } from "../../support/softhsm.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

const there = hasSoftHsm();
const withToken = requires("softhsm2", there);
const hsm = there ? makeSoftHsm() : undefined;
const DATA = Buffer.from("to be signed");

function options(change: (uri: TokenUri) => TokenUri = (uri) => uri) {
  const uri = parseTokenUri(hsm?.uri ?? "");
  if (!uri.ok || hsm === undefined) throw new Error("no token");
  return { uri: change(uri.value), pin: hsm.pin };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

withToken("a key is made in the token, cannot leave it, and signs what its public key verifies", async () => {
  const store = openPkcs11KeyStore(options());
  for (const kind of ["ec-p256", "ec-p384", "rsa-2048"] as const) {
    const id = await store.generate("CS/0001", kind);
    const key = createPublicKey({ key: Buffer.from((await store.publicKey(id)) ?? []), type: "spki", format: "der" });
    const hash = kind === "ec-p384" ? "sha384" : "sha256";
    const signature = await store.sign(id, DATA);
    assert.ok(verify(hash, DATA, { key, dsaEncoding: "ieee-p1363" }, signature), kind);
    const attributes = hsm?.tool("--list-objects", "--type", "privkey").split(id)[1]?.split("Private Key")[0] ?? "";
    assert.match(attributes, /sensitive, always sensitive, never extractable, local/);
    await store.destroy(id);
    await store.destroy(id);
    assert.is(await store.publicKey(id), undefined);
  }
});

withToken("a slot holds several generations, and neither another slot's nor a stranger's are among them", async () => {
  const store = openPkcs11KeyStore(options());
  const [first, second] = [await store.generate("A", "ec-p256"), await store.generate("A", "ec-p256")];
  await store.generate("A.", "ec-p256");
  hsm?.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody else's", "--id", "77");
  assert.equal([...(await store.list("A"))].sort(), [first, second].sort());
  await store.destroy(first);
  assert.equal(await store.list("A"), [second]);
  assert.is(await store.publicKey(keyId("somebody else's")), undefined);
  assert.ok(isGatewayError(await rejection(store.tls(first)), "ERR_KEY_MISSING"));
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const)
  withToken(
    `a request is signed and a station shows its certificate with the key in the token (${version})`,
    async () => {
      const kit = await openPkiKit();
      const store = openPkcs11KeyStore(options());
      const root = await kit.authority("root");
      const serverKey = await kit.keys.generate("server", "ec-p256");
      const spki = (await kit.keys.publicKey(serverKey)) ?? new Uint8Array();
      const subject = { organisation: "O", commonName: "localhost" };
      const cert = await root.issue({ subject, spki, role: "server", names: ["localhost"] });
      const id = await store.generate("CP1", "ec-p256");
      assert.match(await kit.x509.request(store, id, SUBJECT), /BEGIN CERTIFICATE REQUEST/);
      const own = await root.issue({ subject: SUBJECT, spki: (await store.publicKey(id)) ?? new Uint8Array() });
      const server = createServer({ cert, ...(await kit.keys.tls(serverKey)), ca: root.pem, requestCert: true });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      const peer = new Promise<TLSSocket>((resolve) => server.once("secureConnection", resolve));
      // Twice: an engine that is loaded by its path can be loaded only once.
      createSecureContext({ ...(await store.tls(id)), cert: own });
      const secureContext = createSecureContext({
        ...(await store.tls(id)),
        cert: own,
        ca: root.pem,
        maxVersion: version,
      });
      const client = connect({ host: "127.0.0.1", port, servername: "localhost", secureContext });
      const socket = await peer;
      assert.ok(socket.authorized);
      assert.is(socket.getProtocol(), version);
      assert.match(socket.getPeerX509Certificate()?.subject ?? "", /CN=SN-1/);
      client.destroy();
      server.close();
    },
  );

withToken("the PIN is in no argument, no file with a name and no environment of this process", async () => {
  const store = openPkcs11KeyStore(options());
  const key = await store.tls(await store.generate("pin", "ec-p256"));
  const pin = hsm?.pin ?? "";
  for (const form of [pin, encodeURIComponent(pin)]) {
    assert.not.ok(JSON.stringify(key).includes(form));
    assert.not.ok(Object.values(process.env).some((value) => value?.includes(form)));
  }
  assert.not.ok(readdirSync("/dev/shm").some((name) => name.startsWith("twinlane")));
  const file = /pin-source=file:(.*)$/.exec(JSON.stringify(key).replace(/"}$/, ""))?.[1] ?? "";
  assert.is(readFileSync(file, "utf8"), pin);
});

withToken("handshakes that fail at the key while the token answers end in one request for a new process", async () => {
  let stale = 0;
  const store = openPkcs11KeyStore({
    ...options(),
    onStale: () => {
      stale += 1;
    },
  });
  for (const worked of [false, true, false]) store.handshake?.(worked);
  await store.list("A");
  assert.is(stale, 0, "one failure after another, not in a row");
  for (let i = 0; i < 3; i += 1) store.handshake?.(false);
  await until("the request", () => stale > 0);
  await store.list("A");
  assert.is(stale, 1);
});

/** `pkcs11-tool` that says of some questions what SoftHSM says while another process writes to the token. */
function busyTool(...busy: readonly (readonly [question: string, says: string])[]): string {
  const folder = tempDir();
  const tool = join(folder, "tool");
  const cases = busy.map(
    ([question, says], i) =>
      `case "$*" in *"${question}"*) if mkdir ${folder}/${i} 2>/dev/null; then echo '${says}' >&2; exit 1; fi;; esac`,
  );
  writeFileSync(tool, `#!/bin/sh\n${cases.join("\n")}\nexec pkcs11-tool "$@"\n`, { mode: 0o755 });
  return tool;
}

withToken(
  "a token that another process writes to is asked again, and what it says of a deletion not believed",
  async () => {
    const tool = busyTool(
      ["--keypairgen", 'No slot with token named "T" found'],
      ["--list-objects --type pubkey", "error: object not found"],
      ["--sign", "error: object not found"],
      ["--delete-object --type pubkey", "error: object not found"],
      ["--delete-object --type privkey", "error: object not found"],
    );
    const store = openPkcs11KeyStore({ ...options(), tool });
    const id = await store.generate("busy", "ec-p256");
    await store.sign(id, DATA);
    await store.destroy(id);
    assert.not.match(hsm?.tool("--list-objects") ?? "", new RegExp(id.split(".")[1] ?? "?"));
  },
);

withToken("what is wrong has a code of its own, and a wrong PIN is tried once", async () => {
  const codeOf = async (found: Promise<unknown>) => ((await found) as { code?: string } | undefined)?.code;
  assert.is(await codeOf(tokenIssue(options())), undefined);
  const other = options((uri) => ({ ...uri, token: { token: "another" } }));
  assert.is(await codeOf(tokenIssue(other)), "ERR_KEY_TOKEN_MISSING");
  const wrongSerial = options((uri) => ({ ...uri, token: { ...uri.token, serial: "0" } }));
  assert.is(await codeOf(tokenIssue(wrongSerial)), "ERR_KEY_TOKEN_MISSING");
  const noLibrary = options((uri) => ({ ...uri, modulePath: "/nowhere.so" }));
  assert.is(await codeOf(tokenIssue(noLibrary)), "ERR_KEY_ENGINE_MISSING");
  assert.is(await codeOf(tokenIssue({ ...options(), engine: "/nowhere/pkcs11.so" })), "ERR_KEY_ENGINE_MISSING");
  assert.is(await codeOf(tokenIssue({ ...options(), tool: "/nowhere/pkcs11-tool" })), "ERR_KEY_ENGINE_MISSING");
  const store = openPkcs11KeyStore({ ...options(), pin: "0000" });
  const errors = [await rejection(store.list("A")), await rejection(store.list("A"))];
  for (const error of errors) assert.ok(isGatewayError(error, "ERR_KEY_PIN"));
  assert.is(errors[0], errors[1], "the second one has not asked the token");
  assert.not.match(String((errors[0] as Error).stack), /0000/);
});

test.run();
