// deadline: 120s
/** Roots of the CSMS as it installs, lists and deletes them: acceptance cases of OCPP 2.0.1 Part 6 and of the 1.6 list. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CertificateFacts } from "../../src/domain/pki/certificate.ts";
import { hashDataOf } from "../../src/domain/pki/hash-data.ts";
import { writePem } from "../../src/domain/pki/pem.ts";
import {
  booted,
  type CertificateWorld,
  openCertificateWorld,
  statusIn,
  trigger,
} from "../support/certificate-world.ts";
import { DAY_MS } from "../support/pki.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import type { Json, Peer } from "../support/ws-peer.ts";

const ROOT_TYPE = { "ocpp1.6": "CentralSystemRootCertificate", "ocpp2.0.1": "CSMSRootCertificate" } as const;
type Version = keyof typeof ROOT_TYPE;

const nameOf = (root: CertificateFacts, issuer = root) => hashDataOf(root, issuer)[0];

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  const csmsRoot = ROOT_TYPE[version];
  const install = (link: Peer, certificate: string, certificateType: string = csmsRoot) =>
    link.ask("InstallCertificate", { certificateType, certificate });
  const remove = (link: Peer, hash: unknown) => link.ask("DeleteCertificate", { certificateHashData: hash });

  test(`TC_M_01, TC_M_12, TC_M_20, TC_075, TC_076 - a root is installed, listed, and deleted again (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const { station, link } = await booted(rig, version);
    const next = await rig.kit.authority("Next root");
    const [configured, added] = [nameOf(rig.root.facts), nameOf(next.facts)];
    assert.equal(await listed(link, version), [configured]);
    assert.is(statusIn(await install(link, next.pem)), "Accepted");
    assert.equal(await listed(link, version), [configured, added]);
    assert.is(statusIn(await install(link, next.pem)), "Accepted", "once more: M05.FR.17");
    assert.equal(await listed(link, version), [configured, added]);
    assert.is(statusIn(await remove(link, added)), "Accepted");
    assert.equal(await listed(link, version), [configured]);
    assert.equal(station.calls(), [], "the station hears nothing of it");
  });

  test(`TC_M_02, TC_M_13, TC_075 - a root of the manufacturer is the station's, and its answers are the CSMS's (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const hash = { ...nameOf(rig.root.facts), serialNumber: "77" };
    const chain = { certificateType: "ManufacturerRootCertificate", certificateHashData: hash };
    const ids = version === "ocpp1.6" ? { certificateHashData: [hash] } : { certificateHashDataChain: [chain] };
    const { station, link } = await booted(rig, version, (action) =>
      action === "GetInstalledCertificateIds" ? { status: "Accepted", ...ids } : { status: "Accepted" },
    );
    const type = "ManufacturerRootCertificate";
    assert.is(statusIn(await install(link, rig.root.pem, type)), "Accepted");
    const asked = { certificateType: version === "ocpp1.6" ? type : [type] };
    assert.equal((await link.ask("GetInstalledCertificateIds", asked))[2], { status: "Accepted", ...ids });
    assert.equal(
      station.calls().map(([, , action]) => action),
      ["InstallCertificate", "GetInstalledCertificateIds"],
    );
  });

  test(`TC_M_05 - a root that the disk does not take is Failed, and is not believed (${version})`, async () => {
    const dataDir = mkdtempSync(join(tempDir(), "full-"));
    await using rig = await openCertificateWorld({ dataDir });
    const { link } = await booted(rig, version);
    spoilRecord(dataDir);
    const next = await rig.kit.authority("Next root");
    assert.is(statusIn(await install(link, next.pem)), "Failed");
  });

  test(`TC_M_07 - what is no root, over, forged, or several at once is Rejected (${version})`, async () => {
    await using rig = await openCertificateWorld({
      certificates: { maxRoots: 1 },
      // Which would refuse the sixth of them, whatever it is.
      config: { stations: [{ match: "*", securityProfile: 0, firewall: { modes: { R12: "off" } } }] },
    });
    const { link } = await booted(rig, version);
    const over = await rig.kit.authority("Old root", { notAfter: Date.now() - DAY_MS / 2 });
    const good = await rig.kit.authority("Next root");
    const key = await rig.kit.keys.generate("leaf", "ec-p256");
    const leaf = await rig.root.issue({ spki: (await rig.kit.keys.publicKey(key)) ?? new Uint8Array() });
    const forged = Buffer.from(good.der);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    for (const [what, pem] of [
      ["no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
      ["text", "a root, honestly"],
      ["over", over.pem],
      ["not an authority", leaf],
      ["a signature that is not its own", writePem("CERTIFICATE", forged)],
      ["a bundle", good.pem + rig.root.pem],
    ] as const)
      assert.is(statusIn(await install(link, pem)), "Rejected", what);
    assert.is(statusIn(await install(link, good.pem)), "Accepted");
    const surplus = await rig.kit.authority("One too many");
    assert.is(statusIn(await install(link, surplus.pem)), "Rejected", "the store is full");
  });

  test(`TC_M_09 - with AdditionalRootCertificateCheck a root that the present one has not signed is Rejected (${version})`, async () => {
    await using rig = await openCertificateWorld({ certificates: { additionalRootCheck: true } });
    const { link } = await booted(rig, version);
    assert.is(statusIn(await install(link, (await rig.kit.authority("Stranger")).pem)), "Rejected");
    const next = await rig.kit.authority("Next root", { issuer: rig.root });
    assert.is(statusIn(await install(link, next.pem)), "Accepted");
  });

  test(`TC_M_21 - the root of the present link, the operator's, and one that the disk does not give up are Failed (${version})`, async () => {
    const dataDir = mkdtempSync(join(tempDir(), "kept-"));
    await using rig = await openCertificateWorld({ dataDir });
    const { link } = await booted(rig, version);
    const next = await rig.kit.authority("Next root");
    assert.is(statusIn(await install(link, next.pem)), "Accepted");
    assert.is(statusIn(await remove(link, nameOf(rig.root.facts))), "Failed", "the operator's");
    await rig.show({ authority: next });
    await link.close(1001);
    const second = await rig.csms.link("CP1", 1);
    assert.is(statusIn(await remove(second, nameOf(next.facts))), "Failed", "in use");
    await rig.show();
    await second.close(1001);
    const third = await rig.csms.link("CP1", 2);
    spoilRecord(dataDir);
    assert.is(statusIn(await remove(third, nameOf(next.facts))), "Failed", "the disk");
  });

  test(`TC_M_19, TC_M_22 - of what nobody has, nothing is listed and nothing deleted (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const { link } = await booted(rig, version, () => ({ status: "NotFound" }));
    const type = "ManufacturerRootCertificate";
    const asked = { certificateType: version === "ocpp1.6" ? type : [type] };
    assert.equal((await link.ask("GetInstalledCertificateIds", asked))[2], { status: "NotFound" });
    const nobodys = { ...nameOf(rig.root.facts), serialNumber: "77" };
    assert.is(statusIn(await remove(link, nobodys)), "NotFound");
  });

  test(`TC_M_23 - the station's own certificate is not deleted (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const { link } = await booted(rig, version);
    await trigger(link, version);
    const chain = await rig.sign("CP1");
    assert.is(statusIn(await link.ask("CertificateSigned", { certificateChain: chain })), "Accepted");
    const second = await rig.csms.link("CP1", 1);
    await until("the commit", () => rig.world.security.some(({ detail }) => detail === "north:certificate renewed"));
    const own = nameOf(await rig.kit.facts(chain), rig.root.facts);
    assert.is(statusIn(await remove(second, own)), "Failed");
  });

  test(`TC_M_30, TC_M_31 - a new root, signed by the old one, is tried first; the old one is the way back until it works (${version})`, async () => {
    await using rig = await openCertificateWorld({ certificates: { additionalRootCheck: true } });
    const { link } = await booted(rig, version);
    const next = await rig.kit.authority("Next root", { issuer: rig.root });
    assert.is(statusIn(await install(link, next.pem)), "Accepted");
    await link.close(1001);
    const back = await rig.csms.link("CP1", 1);
    assert.ok(rig.world.linkLosses.some((reason) => /^UNABLE_TO_/.test(reason)));
    await back.call("Heartbeat");
    await rig.show({ authority: next });
    await back.close(1001);
    const third = await rig.csms.link("CP1", 2);
    await third.call("Heartbeat");
    await third.barrier();
    await rig.show();
    await third.close(1001);
    await until("the old root to be believed no more", () => refusals(rig) >= 3);
    assert.is(rig.csms.linksOf("CP1").length, 3);
    await rig.show({ authority: next });
    await rig.csms.link("CP1", 3);
  });
}

for (const [title, asked, expected] of [
  ["TC_M_17 - several types", ["CSMSRootCertificate", "ManufacturerRootCertificate"], ["ManufacturerRootCertificate"]],
  [
    "TC_M_18 - all types",
    undefined,
    ["V2GRootCertificate", "MORootCertificate", "V2GCertificateChain", "ManufacturerRootCertificate"],
  ],
] as const) {
  test(`${title}: the gateway's own, and what the station has of the others`, async () => {
    await using rig = await openCertificateWorld();
    const others = expected.map((certificateType) => ({
      certificateType,
      certificateHashData: { ...nameOf(rig.root.facts), serialNumber: "77" },
    }));
    const { station, link } = await booted(rig, "ocpp2.0.1", () => ({
      status: "Accepted",
      certificateHashDataChain: others,
    }));
    const answer = await link.ask("GetInstalledCertificateIds", asked === undefined ? {} : { certificateType: asked });
    const own = { certificateType: "CSMSRootCertificate", certificateHashData: nameOf(rig.root.facts) };
    assert.equal(answer[2], { status: "Accepted", certificateHashDataChain: [own, ...others] });
    assert.equal((station.calls("GetInstalledCertificateIds")[0] ?? [])[3], { certificateType: expected });
  });
}

const refusals = ({ world }: CertificateWorld): number =>
  world.linkLosses.filter((reason) => /^(?:UNABLE_TO_|SELF_SIGNED|CERT_)/.test(reason)).length;

async function listed(link: Peer, version: Version): Promise<unknown> {
  const types = version === "ocpp1.6" ? ROOT_TYPE[version] : [ROOT_TYPE[version]];
  const answer: Json = await link.ask("GetInstalledCertificateIds", { certificateType: types });
  const { certificateHashData, certificateHashDataChain } = answer[2] as {
    readonly certificateHashData?: readonly unknown[];
    readonly certificateHashDataChain?: readonly { readonly certificateHashData: unknown }[];
  };
  return certificateHashData ?? certificateHashDataChain?.map((one) => one.certificateHashData);
}

/** From now on nothing can take the place of the record of the only station. */
function spoilRecord(dataDir: string): void {
  const directory = join(dataDir, "certificates");
  const [name = ""] = readdirSync(directory).filter((each) => each.endsWith(".json"));
  rmSync(join(directory, name));
  mkdirSync(join(directory, name));
}

test.run();
