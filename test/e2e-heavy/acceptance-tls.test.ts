// deadline: 120s
/** Who the CSMS is and who it takes the station for: acceptance cases of OCPP 2.0.1 Part 6 and of the 1.6 list, over real TLS. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { booted, type CertificateWorld, openCertificateWorld, type ShowOptions } from "../support/certificate-world.ts";
import { openWorld } from "../support/e2e-world.ts";
import { DAY_MS } from "../support/pki.ts";
import { until } from "../support/until.ts";
import { basicAuth } from "../support/ws-peer.ts";

const VERSIONS = ["ocpp1.6", "ocpp2.0.1"] as const;
const EVENTS = {
  "ocpp1.6": { untrusted: "InvalidCentralSystemCertificate", refused: "FailedToAuthenticateAtCentralSystem" },
  "ocpp2.0.1": { untrusted: "InvalidCsmsCertificate", refused: "FailedToAuthenticateAtCsms" },
} as const;

for (const version of VERSIONS) {
  test(`TC_A_01, TC_085 - the CSMS is shown identity and password by HTTP Basic, byte for byte (${version})`, async () => {
    await using world = await openWorld({ csmsPassword: "DEADBEEFDEADBEEF_*-=:+|@." });
    await world.booted("CP1", version);
    const { authorization } = world.csms.links[0]?.request.headers ?? {};
    assert.is(authorization, basicAuth("CP1", "DEADBEEFDEADBEEF_*-=:+|@.").Authorization);
  });

  test(`TC_A_04, TC_086 - a CSMS with a valid certificate is believed, under TLS 1.2 and 1.3 (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const { link } = await booted(rig, version);
    assert.is(protocolOf(link), "TLSv1.3");
    await rig.show({ tls: { maxVersion: "TLSv1.2" } });
    await link.close(1001);
    assert.is(protocolOf(await rig.csms.link("CP1", 1)), "TLSv1.2");
    assert.is(rig.world.security.filter(({ rule }) => rule !== "R28").length, 0);
  });

  for (const [what, options] of [
    ["of an unknown authority", async ({ kit }) => ({ authority: await kit.authority("Stranger") })],
    ["that is over", async () => ({ notAfter: Date.now() - DAY_MS / 2 })],
    ["of another host", async () => ({ name: "elsewhere.example" })],
    ["with a wildcard", async () => ({ name: "*.0.0.1" })],
  ] as readonly (readonly [string, (rig: CertificateWorld) => Promise<ShowOptions>])[]) {
    test(`TC_A_05, TC_078 - a CSMS with a certificate ${what} is told nothing; later it hears of it once (${version})`, async () => {
      await using rig = await openCertificateWorld();
      await isReportedOnce(rig, version, await options(rig), EVENTS[version].untrusted);
    });
  }

  test(`TC_A_06 - a CSMS that only has TLS 1.1 is told nothing; later it hears of it once (${version})`, async () => {
    await using rig = await openCertificateWorld();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
    await isReportedOnce(rig, version, { tls: old }, "InvalidTLSVersion");
  });

  test(`TC_A_07, TC_087 - the station's certificate is shown, and the CSMS lets it in (${version})`, async () => {
    await using rig = await openCertificateWorld({ begins: "with-certificate", isStrict: true });
    rig.insist(["CSMS root"]);
    const { station } = await booted(rig, version);
    assert.equal(rig.shown, ["CP1"]);
    assert.is((await station.ask("Heartbeat"))[0], 3);
  });

  test(`TC_A_08 - a CSMS that refuses the station's certificate is asked again, and the station waits (${version})`, async () => {
    await using rig = await openCertificateWorld({ begins: "with-certificate" });
    rig.insist(["Another CA"]);
    const station = await rig.world.dial("CP1", version);
    await until("two refusals", () => rig.world.linkLosses.length >= 2);
    assert.equal([rig.shown, station.isOpen], [[], true]);
    const told = rig.world.security.filter(({ detail }) => detail.startsWith("north:"));
    assert.equal(
      told.map(({ type }) => type),
      ["FailedToAuthenticateAtCsms"],
      "once",
    );
    rig.insist(undefined);
    await rig.csms.link("CP1");
    assert.equal(rig.shown, ["CP1"]);
  });

  // With TLS 1.3 a client is connected before the server has looked at its certificate.
  test(`TC_A_08 - a refusal that comes after the handshake of TLS 1.3 is one all the same (${version})`, async () => {
    await using rig = await openCertificateWorld({ isStrict: true });
    const station = await rig.world.dial("CP1", version);
    await until("two refusals", () => rig.world.linkLosses.length >= 2);
    assert.equal([rig.csms.links.length, station.isOpen], [0, true]);
    assert.ok(rig.world.security.some(({ type }) => type === "FailedToAuthenticateAtCsms"));
  });
}

test("TC_088 - the CSMS is offered the version that the station speaks, and one that picks none is left", async () => {
  await using world = await openWorld();
  for (const [station, version] of [
    ["CP1", "ocpp1.6"],
    ["CP2", "ocpp2.0.1"],
  ] as const) {
    await world.booted(station, version);
    assert.is(world.csms.linksOf(station)[0]?.request.headers["sec-websocket-protocol"], version);
  }
});

function protocolOf({ request }: { readonly request: { readonly socket: unknown } }): unknown {
  return (request.socket as import("node:tls").TLSSocket).getProtocol();
}

/** The link is lost, does not come back to a CSMS like that, and comes back to a good one with one report of it. */
async function isReportedOnce(rig: CertificateWorld, version: string, bad: ShowOptions, type: string): Promise<void> {
  const { station, link } = await booted(rig, version);
  await rig.show(bad);
  await link.close(1001);
  const lost = () => rig.world.linkLosses.length;
  await until("the link to be refused twice", () => lost() >= 3);
  assert.is(rig.csms.links.length, 1);
  await rig.show();
  const back = await rig.csms.link("CP1", 1);
  const told = await back.call("SecurityEventNotification");
  assert.is((told[3] as { readonly type: string }).type, type);
  await back.call("Heartbeat");
  await back.barrier();
  assert.is(back.calls("SecurityEventNotification").length, 1);
  assert.ok(station.isOpen);
}

test.run();
