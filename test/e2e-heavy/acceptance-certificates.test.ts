// deadline: 120s
/** Renewal of the station's certificate when something goes wrong: acceptance cases of OCPP 2.0.1 Part 6, and what only a gateway meets. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openFileKeyStore } from "../../src/actors/pki/file-key-store.actor.ts";
import type { KeyStore } from "../../src/ports.ts";
import {
  booted,
  type CertificateWorld,
  openCertificateWorld,
  statusIn,
  trigger,
} from "../support/certificate-world.ts";
import { LeapingClock } from "../support/leaping-clock.ts";
import { DAY_MS, openPkiKit } from "../support/pki.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import type { Json, Peer } from "../support/ws-peer.ts";

const signed = (link: Peer, certificateChain: string) => link.ask("CertificateSigned", { certificateChain });
const csrOf = (call: Json): string => (call[3] as { readonly csr: string }).csr;
const isRenewed = ({ world }: CertificateWorld) =>
  until("the commit", () => world.security.some(({ detail }) => detail === "north:certificate renewed"));

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  const invalid = version === "ocpp1.6" ? "InvalidChargePointCertificate" : "InvalidChargingStationCertificate";

  test(`TC_A_11, TC_074 - the CSMS signs what the station asks for, and the link comes back with it (${version})`, async () => {
    await using rig = await openCertificateWorld({ begins: "with-certificate" });
    const { station, link } = await booted(rig, version);
    await trigger(link, version);
    assert.is(statusIn(await signed(link, await rig.sign("CP1"))), "Accepted");
    await rig.csms.link("CP1", 1);
    await isRenewed(rig);
    assert.equal(rig.shown, ["CP1", "CP1"]);
    assert.ok(station.isOpen);
  });

  test(`TC_A_14, TC_077 - a certificate for another name is Rejected and reported, and the link stays (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const { link } = await booted(rig, version);
    await trigger(link, version);
    const others = await rig.sign("CP1", { subject: { organisation: "Test CPO", commonName: "CP2" } });
    assert.is(statusIn(await signed(link, others)), "Rejected");
    const told = await link.call("SecurityEventNotification");
    assert.equal((told[3] as { readonly type: string }).type, invalid);
    assert.is(rig.csms.links.length, 1);
  });

  test(`TC_A_15 - a request that the CSMS rejects is not repeated; the next trigger sends the very same one (${version})`, async () => {
    const clock = new LeapingClock();
    await using rig = await openCertificateWorld({
      ports: { clock },
      answer: (action) => (action === "SignCertificate" ? { status: "Rejected" } : undefined),
    });
    const { link } = await booted(rig, version);
    await trigger(link, version);
    await link.barrier();
    clock.leap(3_600_000);
    await link.barrier();
    assert.is(link.calls("SignCertificate").length, 1);
    await trigger(link, version, 1);
    const [first, second] = link.calls("SignCertificate").map(csrOf);
    assert.is(second, first);
  });
}

// A station with secure firmware updates checks the signature itself; what the gateway must not do is stand in the way.
test("TC_080, TC_081 - signed firmware reaches the station as it was signed, and the CSMS hears what became of it", async () => {
  await using rig = await openCertificateWorld();
  const { station, link } = await booted(rig, "ocpp1.6", () => ({ status: "Accepted" }));
  const firmware = {
    location: "https://firmware.example.com/v2.bin",
    retrieveDateTime: "2026-01-01T00:00:00Z",
    signingCertificate: rig.root.pem,
    signature: "c2lnbmF0dXJl",
  };
  const update = { requestId: 7, firmware };
  assert.is(statusIn(await link.ask("SignedUpdateFirmware", update)), "Accepted");
  assert.equal((await station.call("SignedUpdateFirmware"))[3], update);
  const becameOf = { status: "InvalidSignature", requestId: 7 };
  await station.ask("SignedFirmwareStatusNotification", becameOf);
  assert.equal((await link.call("SignedFirmwareStatusNotification"))[3], becameOf);
  const event = { type: "InvalidFirmwareSignature", timestamp: "2026-01-01T00:00:00Z" };
  await station.ask("SecurityEventNotification", event);
  assert.equal((await link.call("SecurityEventNotification"))[3], event);
});

test("TC_A_23 - a request that brings no certificate is repeated after CertSigningWaitMinimum, each wait twice the one before", async () => {
  const clock = new LeapingClock();
  await using rig = await openCertificateWorld({ ports: { clock } });
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  for (const [nth, waitSec] of [30, 60, 120].entries()) {
    await link.barrier();
    await rested(rig);
    clock.leap((waitSec - 5) * 1000);
    await link.barrier();
    assert.is(link.calls("SignCertificate").length, nth + 1, `not before ${waitSec} s`);
    clock.leap(5_000);
    await link.call("SignCertificate", nth + 1);
  }
  await rested(rig);
  clock.leap(3_600_000);
  await link.barrier();
  const requests = link.calls("SignCertificate").map(csrOf);
  assert.is(requests.length, 4, "and no more often than CertSigningRepeatTimes");
  assert.is(new Set(requests).size, 1);
  assert.is(statusIn(await signed(link, await rig.sign("CP1"))), "Accepted", "a late one is still taken");
});

test("two keys wait at once: the CSMS signs the older request, and that certificate is taken", async () => {
  await using rig = await openCertificateWorld();
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  const wrong = await rig.sign("CP1", { subject: { organisation: "Test CPO", commonName: "CP2" } });
  assert.is(statusIn(await signed(link, wrong)), "Rejected");
  await trigger(link, "ocpp2.0.1", 1);
  const [first, second] = link.calls("SignCertificate").map(csrOf);
  assert.is.not(second, first, "what was refused is spent");
  assert.is(statusIn(await signed(link, await rig.sign("CP1", { nth: 0 }))), "Accepted");
  await isRenewed(rig);
  assert.equal(rig.shown, ["", "CP1"]);
});

test("a chain of 10 000 characters is read, one of 10 001 is Rejected", async () => {
  await using rig = await openCertificateWorld();
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  const chain = await rig.sign("CP1");
  const long = (characters: number) => chain + "\n".repeat(characters - chain.length);
  assert.is(statusIn(await signed(link, long(10_000))), "Accepted");
  await isRenewed(rig);
  const back = await rig.csms.link("CP1", 1);
  assert.is(statusIn(await signed(back, long(10_001))), "Rejected");
  assert.ok(rig.world.security.some(({ detail }) => detail === "north:too-long"));
});

test("the clock leaps: a certificate that is over is shown all the same, and renewal is asked for at once", async () => {
  const clock = new LeapingClock();
  await using rig = await openCertificateWorld({ ports: { clock } });
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  assert.is(statusIn(await signed(link, await rig.sign("CP1"))), "Accepted");
  await isRenewed(rig);
  const second = await rig.csms.link("CP1", 1);
  clock.leap(400 * DAY_MS);
  await second.call("SignCertificate");
  await second.close(1001);
  const third = await rig.csms.link("CP1", 2);
  assert.equal(rig.shown, ["", "CP1", "CP1"], "A00.FR.430");
  clock.leap(-500 * DAY_MS);
  await third.close(1001);
  await rig.csms.link("CP1", 3);
  assert.is(rig.shown.at(-1), "CP1");
});

test("the key store is gone while the link is up: the link stays, no request is made, the old certificate is shown again later", async () => {
  const kit = await openPkiKit();
  const files = openFileKeyStore({ directory: tempDir() });
  let isGone = false;
  const fragile: KeyStore = {
    ...files,
    generate: (slot, kind) => (isGone ? Promise.reject(new Error("no token")) : files.generate(slot, kind)),
    tls: (id) => (isGone ? Promise.reject(new Error("no token")) : files.tls(id)),
    publicKey: (id) => files.publicKey(id),
    sign: (id, data) => (isGone ? Promise.reject(new Error("no token")) : files.sign(id, data)),
    list: (slot) => (isGone ? Promise.reject(new Error("no token")) : files.list(slot)),
    destroy: (id) => files.destroy(id),
  };
  await using rig = await openCertificateWorld({ kit, keys: fragile });
  const { station, link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  assert.is(statusIn(await signed(link, await rig.sign("CP1"))), "Accepted");
  await isRenewed(rig);
  const second = await rig.csms.link("CP1", 1);
  isGone = true;
  await second.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" });
  await second.barrier();
  assert.is((await station.ask("Heartbeat"))[0], 3);
  assert.equal([second.isOpen, second.calls("SignCertificate")], [true, []]);
  isGone = false;
  await trigger(second, "ocpp2.0.1");
  assert.is(statusIn(await signed(second, await rig.sign("CP1"))), "Accepted");
  await rig.csms.link("CP1", 2);
  assert.equal(rig.shown, ["", "CP1", "CP1"]);
});

/** The request has been answered, and what follows from it is on disk: then its wait has begun. */
const rested = async ({ world }: CertificateWorld): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(world.gateway.status().live);
};

test.run();
