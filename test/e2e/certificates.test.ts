// deadline: 180s
/** The CSMS renews what it takes for the station's certificate; the station knows nothing of it. Clauses of OCPP 2.0.1 Part 2 and 6. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hashDataOf } from "../../src/domain/pki/hash-data.ts";
import { type CertificateWorld, openCertificateWorld } from "../support/certificate-world.ts";
import { BOOT } from "../support/e2e-world.ts";
import { derOf, openPkiKit } from "../support/pki.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import type { Answerer, Peer } from "../support/ws-peer.ts";

const TRIGGERS: Readonly<Record<string, readonly [string, object]>> = {
  "ocpp1.6": ["ExtendedTriggerMessage", { requestedMessage: "SignChargePointCertificate" }],
  "ocpp2.0.1": ["TriggerMessage", { requestedMessage: "SignChargingStationCertificate" }],
};

/** A booted station and its first link. */
async function booted({ world, csms }: CertificateWorld, version: string, answer: Answerer = () => undefined) {
  const station = (await world.dial("CP1", version)).answering(answer);
  await station.ask("BootNotification", BOOT[version] ?? {});
  return { station, link: await csms.link("CP1") };
}

async function trigger(link: Peer, version: string): Promise<void> {
  const [action, payload] = TRIGGERS[version] ?? ["", {}];
  assert.equal((await link.ask(action, payload))[2], { status: "Accepted" });
  await link.call("SignCertificate");
}

const statusOf = (answer: readonly unknown[]): unknown => (answer[2] as { status?: unknown }).status;

for (const [south, north] of [
  ["ocpp1.6", "ocpp1.6"],
  ["ocpp2.0.1", "ocpp2.0.1"],
  ["ocpp1.6", "ocpp2.0.1"],
] as const) {
  const how = south === north ? `relayed ${south}` : "translated";
  test(`TC_A_11 - the CSMS signs a certificate, and the link comes back with it (${how})`, async () => {
    await using rig = await openCertificateWorld(south === north ? {} : { speaks: "ocpp2.0.1" });
    const [action = ""] = TRIGGERS[north] ?? [];
    // A translated station is asked about itself; the switch waits for calls that are under way.
    const { station, link } = await booted(rig, south, () => ({}));
    await trigger(link, north);
    const chain = await rig.sign("CP1");
    rig.insist(["CSMS root"]);
    assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: chain })), "Accepted");
    const second = await rig.csms.link("CP1", 1);
    await second.call("Heartbeat");
    assert.equal(rig.shown, ["", "CP1"]);
    assert.ok(station.isOpen, "the station's socket stays");
    assert.equal([...station.calls("CertificateSigned"), ...station.calls(action)], [], "and it hears nothing of it");
    assert.is(statusOf(await second.ask("CertificateSigned", { certificateChain: chain })), "Accepted", "sent again");
    assert.is(rig.csms.linksOf("CP1").length, 2);
  });
}

test("TC_A_14 - a certificate that does not fit is refused, reported, and changes nothing", async () => {
  await using rig = await openCertificateWorld();
  const { link } = await booted(rig, "ocpp2.0.1");
  const unsolicited = await rig.root.issue({
    subject: { organisation: "Test CPO", commonName: "CP1" },
    spki: (await rig.kit.keys.publicKey(await rig.kit.keys.generate("x", "ec-p256"))) ?? new Uint8Array(),
  });
  assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: unsolicited })), "Rejected");
  const told = await link.call("SecurityEventNotification");
  assert.equal((told[3] as { type: string; techInfo: string }).type, "InvalidChargingStationCertificate");
  assert.is((told[3] as { techInfo: string }).techInfo, "north:no-request");
  await trigger(link, "ocpp2.0.1");
  const others = await rig.sign("CP1", { subject: { organisation: "Test CPO", commonName: "CP2" } });
  assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: others })), "Rejected");
  const stranger = await rig.kit.authority("Stranger");
  const foreign = await rig.sign("CP1", { authority: stranger });
  assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: foreign })), "Rejected");
  assert.is(rig.csms.links.length, 1);
  assert.ok(rig.world.security.some(({ detail }) => detail === "north:no-chain"));
});

test("A02.FR.28 - a signed certificate that the CSMS then refuses makes way for what was there before", async () => {
  await using rig = await openCertificateWorld({ certificates: { clientChain: "leafOnly" } });
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  const wrong = await rig.kit.authority("Wrong CA");
  const chain = await rig.sign("CP1", { authority: wrong });
  rig.insist(["no one"]);
  assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: chain })), "Accepted");
  await until("three refusals", () => rig.world.linkLosses.filter((reason) => / 401$/.test(reason)).length >= 3);
  rig.insist(undefined);
  const back = await rig.csms.link("CP1", 1);
  const told = await back.call("SecurityEventNotification");
  assert.is((told[3] as { type: string }).type, "DiscardedRenewedClientCertificate");
  assert.is(rig.shown.at(-1), "");
});

test("a renewal survives the gateway's end at any point: asked by one process, signed for the next", async () => {
  const kit = await openPkiKit();
  const dataDir = mkdtempSync(join(tempDir(), "kept-"));
  let csr = "";
  {
    await using rig = await openCertificateWorld({ kit, dataDir });
    const { link } = await booted(rig, "ocpp2.0.1");
    await trigger(link, "ocpp2.0.1");
    csr = ((await link.call("SignCertificate"))[3] as { readonly csr: string }).csr;
  }
  await using rig = await openCertificateWorld({ kit, dataDir });
  const { link } = await booted(rig, "ocpp2.0.1");
  const request = await kit.x509.readRequest(derOf(csr));
  const subject = { organisation: "Test CPO", commonName: "CP1" };
  const chain = await rig.root.issue({ subject, spki: request?.spki ?? new Uint8Array() });
  assert.is(statusOf(await link.ask("CertificateSigned", { certificateChain: chain })), "Accepted");
  await rig.csms.link("CP1", 1);
  assert.is(rig.shown.at(-1), "CP1");
  assert.is(readdirSync(join(dataDir, "station-keys")).length, 1, "and only its key is left");
});

test("TC_M_01, M_12, M_20 - the CSMS installs a root, lists it and deletes it; the station keeps its own", async () => {
  await using rig = await openCertificateWorld();
  const { station, link } = await booted(rig, "ocpp2.0.1");
  const next = await rig.kit.authority("Next root");
  const install = { certificateType: "CSMSRootCertificate", certificate: next.pem };
  assert.is(statusOf(await link.ask("InstallCertificate", install)), "Accepted");
  const bundle = { ...install, certificate: next.pem + rig.root.pem };
  assert.is(statusOf(await link.ask("InstallCertificate", bundle)), "Rejected", "a bundle is not a root");
  const [hash] = hashDataOf(next.facts, next.facts);
  const asked = link.ask("GetInstalledCertificateIds", {});
  const [, id, , payload] = await station.call("GetInstalledCertificateIds");
  assert.equal(payload, {
    certificateType: ["V2GRootCertificate", "MORootCertificate", "V2GCertificateChain", "ManufacturerRootCertificate"],
  });
  const own = { certificateType: "V2GRootCertificate", certificateHashData: { ...hash, serialNumber: "77" } };
  station.send([3, id, { status: "Accepted", certificateHashDataChain: [own] }]);
  const { certificateHashDataChain: chains } = (await asked)[2] as { certificateHashDataChain: readonly object[] };
  assert.equal(chains.slice(1), [{ certificateType: "CSMSRootCertificate", certificateHashData: hash }, own]);
  const remove = (certificateHashData: unknown) => link.ask("DeleteCertificate", { certificateHashData });
  const padded = { ...hash, serialNumber: `00${hash?.serialNumber.toLowerCase()}` };
  assert.is(statusOf(await remove(padded)), "Accepted");
  const [configured] = hashDataOf(rig.root.facts, rig.root.facts);
  assert.is(statusOf(await remove(configured)), "Failed", "M04: the root in use, and the operator's");
  const passed = remove(own.certificateHashData);
  const [, deleteId] = await station.call("DeleteCertificate");
  station.send([3, deleteId, { status: "Accepted" }]);
  assert.is(statusOf(await passed), "Accepted", "what is not ours is the station's");
});

test("TC_M_30, TC_M_31 - a new root is tried first, the one before is the way back, and goes when the new one has worked", async () => {
  await using rig = await openCertificateWorld({ certificates: { additionalRootCheck: true } });
  const { link } = await booted(rig, "ocpp2.0.1");
  const next = await rig.kit.authority("Next root", { issuer: rig.root });
  const install = (certificate: string) => ({ certificateType: "CSMSRootCertificate", certificate });
  const stranger = await rig.kit.authority("Stranger");
  assert.is(statusOf(await link.ask("InstallCertificate", install(stranger.pem))), "Rejected", "TC_M_09");
  assert.is(statusOf(await link.ask("InstallCertificate", install(next.pem))), "Accepted");
  await link.close(1001);
  const back = await rig.csms.link("CP1", 1);
  assert.ok(
    rig.world.linkLosses.some((reason) => /^UNABLE_TO_/.test(reason)),
    "the new root does not fit yet",
  );
  await back.call("Heartbeat");
  const key = await rig.kit.keys.generate("csms2", "ec-p256");
  const server = await next.issue({
    subject: { organisation: "Test CPO", commonName: "localhost" },
    spki: (await rig.kit.keys.publicKey(key)) ?? new Uint8Array(),
    role: "server",
    names: ["127.0.0.1"],
  });
  const tls = await rig.kit.keys.tls(key);
  rig.csms.show(server, "key" in tls ? tls.key : "");
  await back.close(1001);
  const third = await rig.csms.link("CP1", 2);
  assert.is((await third.ask("GetInstalledCertificateIds", { certificateType: ["CSMSRootCertificate"] }))[0], 3);
  assert.ok(rig.world.security.some(({ type }) => type === "InvalidCsmsCertificate"));
  assert.not(
    rig.world.security.some(({ rule }) => rule === "R28"),
    "an authority that was installed is expected",
  );
});

test("Part 4 §6.5 - a request for the station's own link is answered here and never signed by the CSMS", async () => {
  await using rig = await openCertificateWorld();
  const { station, link } = await booted(rig, "ocpp2.0.1");
  assert.equal((await station.ask("SignCertificate", { csr: "x" }))[2], { status: "Rejected" });
  await link.barrier();
  assert.equal(link.calls("SignCertificate"), []);
});

test("no private key is in the certificate record, the log, or what the CSMS gets", async () => {
  const dataDir = mkdtempSync(join(tempDir(), "grep-"));
  await using rig = await openCertificateWorld({ dataDir });
  const { link } = await booted(rig, "ocpp2.0.1");
  await trigger(link, "ocpp2.0.1");
  const [file = ""] = readdirSync(join(dataDir, "station-keys"));
  const pem = readFileSync(join(dataDir, "station-keys", file), "utf8");
  const secret = Buffer.from(derOf(pem)).subarray(36, 68);
  const [record = ""] = readdirSync(join(dataDir, "certificates"));
  const everything = readFileSync(join(dataDir, "certificates", record), "utf8") + link.frames.join("\n");
  for (const encoding of ["base64", "base64url", "hex", "latin1"] as const)
    assert.not.ok(everything.includes(secret.toString(encoding).replace(/=+$/, "")), encoding);
});

test("where the rule has no certificates, the CSMS's calls about them are the station's as ever", async () => {
  await using rig = await openCertificateWorld({ certificates: false });
  const { station, link } = await booted(rig, "ocpp2.0.1");
  const asked = link.ask("CertificateSigned", { certificateChain: "x" });
  const [, id] = await station.call("CertificateSigned");
  station.send([3, id, { status: "Rejected" }]);
  assert.is(statusOf(await asked), "Rejected");
});

test.run();
