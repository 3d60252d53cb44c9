// deadline: 120s
/** Certificates from an EST server: first enrolment, renewal, and servers that give none. RFC 7030 §3.2, §4.2. */
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openPkcs11KeyStore } from "../../src/actors/pki/pkcs11-key-store.actor.ts";
import type { EstDocument } from "../../src/config/document.ts";
import { parseTokenUri } from "../../src/domain/pki/pkcs11-uri.ts";
import { booted, type CertificateWorldOptions, openCertificateWorld } from "../support/certificate-world.ts";
import { hasOpenssl } from "../support/certs.ts";
import { BOOT } from "../support/e2e-world.ts";
import { type EstServer, openEstServer, type Scripted } from "../support/est-server.ts";
import { openPkiKit, type PkiKit } from "../support/pki.ts";
import { requires } from "../support/requires.ts";
import { hasSoftHsm, makeSoftHsm } from "../support/softhsm.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const testWithOpenssl = requires("openssl", hasOpenssl());

const VERSION = "ocpp2.0.1";
const PASSWORD = "a-password-to-begin-with";

async function openRig(
  kit: PkiKit,
  est: EstServer,
  options: Partial<EstDocument> = {},
  more: CertificateWorldOptions = {},
) {
  const rig = await openCertificateWorld({
    kit,
    ...more,
    certificates: { est: { url: est.url, tls: { ca: est.ca }, password: PASSWORD, ...options } },
  });
  est.authority = rig.root;
  return rig;
}

testWithOpenssl(
  "RFC 7030 §4.2 - a station enrols unbidden and is let in with what came; renewal shows that",
  async () => {
    const kit = await openPkiKit();
    await using est = await openEstServer(kit);
    await using rig = await openRig(kit, est, { label: "stations" });
    const station = await rig.world.dial("CP1", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    await until("the first certificate in use", () => rig.shown.includes("CP1"));
    const [first] = est.asked;
    assert.is(first?.path, "/.well-known/est/stations/simpleenroll");
    assert.is(first?.contentType, "application/pkcs10");
    assert.is(first?.authorization, `Basic ${Buffer.from(`CP1:${PASSWORD}`).toString("base64")}`);
    assert.is(first?.shown, undefined);
    await until("the commit", () => rig.world.security.some(({ detail }) => detail === "north:certificate renewed"));
    const link = await rig.csms.link("CP1", rig.csms.linksOf("CP1").length - 1);
    await link.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" });
    await until("a second certificate in use", () => rig.shown.filter((name) => name === "CP1").length === 2);
    const second = est.asked[1];
    assert.is(second?.path, "/.well-known/est/stations/simplereenroll");
    assert.is(second?.shown, "CP1");
    assert.is(second?.authorization, undefined, "the password is for the first enrolment");
    assert.is(est.issued.length, 2);
    assert.equal(
      rig.csms.linksOf("CP1").flatMap((one) => one.calls("SignCertificate")),
      [],
      "the CSMS is not asked",
    );
    assert.ok(station.isOpen);
  },
);

requires("softhsm2 and openssl", hasSoftHsm() && hasOpenssl())(
  "RFC 7030 §4.2.2 - a station whose keys are in a token enrols, and shows that certificate when it enrols again",
  async () => {
    const hsm = makeSoftHsm();
    const uri = parseTokenUri(hsm.uri);
    if (!uri.ok) throw uri.error;
    const kit = await openPkiKit();
    await using est = await openEstServer(kit);
    await using rig = await openRig(kit, est, {}, { keys: openPkcs11KeyStore({ uri: uri.value, pin: hsm.pin }) });
    const station = await rig.world.dial("CPT", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    await until("the commit", () => rig.world.security.some(({ detail }) => detail === "north:certificate renewed"));
    assert.is(rig.shown.at(-1), "CPT");
    const link = await rig.csms.link("CPT", rig.csms.linksOf("CPT").length - 1);
    await link.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" });
    await until("a second certificate in use", () => rig.shown.filter((name) => name === "CPT").length === 2);
    assert.equal(
      est.asked.map(({ path, shown }) => [path.split("/").pop(), shown]),
      [
        ["simpleenroll", undefined],
        ["simplereenroll", "CPT"],
      ],
    );
  },
);

const REFUSALS: Readonly<Record<string, Scripted>> = {
  "401": { status: 401 },
  "a redirection": { status: 302, headers: { location: "https://127.0.0.1:1/" } },
  "204": { status: 204 },
  "a page": { status: 200, headers: { "content-type": "text/html" }, body: "<p>" },
  "PKCS #7 that is none": { status: 200, headers: { "content-type": "application/pkcs7-mime" }, body: "AAAA" },
  "more than a certificate takes": {
    status: 200,
    headers: { "content-type": "application/pkcs7-mime" },
    body: "A".repeat(100_000),
  },
  "202": { status: 202, headers: { "retry-after": "3600" } },
};

for (const [what, scripted] of Object.entries(REFUSALS)) {
  test(`an EST server that answers ${what} gives no certificate, and the station goes on as before`, async () => {
    const kit = await openPkiKit();
    await using est = await openEstServer(kit);
    est.script.push(scripted);
    await using rig = await openRig(kit, est);
    const station = await rig.world.dial("CP1", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    await until("the answer to be counted", () => rig.world.gateway.counters.estFailed === 1);
    assert.equal(rig.shown, [""]);
    assert.is(est.asked.length, 1, "it is not asked again at once");
    assert.ok(station.isOpen);
  });
}

testWithOpenssl("a certificate of an authority that the CSMS's roots do not know is refused and reported", async () => {
  const kit = await openPkiKit();
  await using est = await openEstServer(kit);
  await using rig = await openRig(kit, est);
  est.authority = await kit.authority("Some other root");
  const station = await rig.world.dial("CP1", VERSION);
  await station.ask("BootNotification", BOOT[VERSION] ?? {});
  await until("the report", () => rig.world.security.some(({ detail }) => detail === "north:no-chain"));
  assert.equal(rig.shown, [""]);
});

test("an EST server whose certificate no configured root vouches for is told nothing", async () => {
  const kit = await openPkiKit();
  await using est = await openEstServer(kit);
  const other = await kit.authority("Some other root");
  await using rig = await openRig(kit, est, { tls: { ca: other.pem } });
  const station = await rig.world.dial("CP1", VERSION);
  await station.ask("BootNotification", BOOT[VERSION] ?? {});
  await until("the failure to be counted", () => rig.world.gateway.counters.estFailed === 1);
  assert.equal(est.asked, []);
  assert.equal(
    rig.world.security.map(({ type }) => type),
    ["InvalidCsmsCertificate"],
  );
});

testWithOpenssl(
  "a refusal is reported; after a start with a repaired password the station does not wait for the next day",
  async () => {
    const kit = await openPkiKit();
    await using est = await openEstServer(kit);
    const dataDir = mkdtempSync(join(tempDir(), "est-"));
    const ports = { random: { next: () => 0, uuid: randomUUID } };
    {
      est.script.push({ status: 401 });
      await using rig = await openRig(kit, est, {}, { dataDir, ports });
      await booted(rig, VERSION);
      const isTold = () => rig.world.security.filter(({ type }) => type === "FailedToAuthenticateAtCsms");
      await until("the report", () => isTold().length > 0);
      assert.equal(
        isTold().map(({ detail }) => detail),
        ["north:est http-401"],
      );
    }
    await using rig = await openRig(kit, est, {}, { dataDir, ports });
    await booted(rig, VERSION);
    await until("a certificate in use", () => rig.shown.includes("CP1"));
  },
);

test.run();
