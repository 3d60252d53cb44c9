// deadline: 120s
/** Settings of the link as the CSMS reads and changes them: acceptance cases of OCPP 2.0.1 Part 6 and of the 1.6 list. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { booted, CPO, openCertificateWorld, statusIn, trigger } from "../support/certificate-world.ts";
import { BOOT, openWorld, type World } from "../support/e2e-world.ts";
import { type Authority, openPkiKit, type PkiKit } from "../support/pki.ts";
import { friendly, PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import type { Json, Peer } from "../support/ws-peer.ts";

type Version = "ocpp1.6" | "ocpp2.0.1";
const VERSIONS: readonly Version[] = ["ocpp1.6", "ocpp2.0.1"];
const OLD = "the-old-password";
const NEW = "the-new-password";

const place = (component: string, variable: string) => ({
  component: { name: component },
  variable: { name: variable },
});

/** Sets the password, in the words of the version. @returns what became of it */
async function setPassword(link: Peer, version: Version, password: string): Promise<unknown> {
  if (version === "ocpp1.6")
    return statusIn(await link.ask("ChangeConfiguration", { key: "AuthorizationKey", value: password }));
  return setVariable(link, "SecurityCtrlr", "BasicAuthPassword", password);
}

async function setVariable(link: Peer, component: string, variable: string, attributeValue: string): Promise<unknown> {
  const item = { ...place(component, variable), attributeValue };
  const [, , payload] = await link.ask("SetVariables", { setVariableData: [item] });
  return (payload as { setVariableResult: readonly { attributeStatus: string }[] }).setVariableResult[0]
    ?.attributeStatus;
}

async function profileOf(link: Peer, version: Version): Promise<unknown> {
  if (version === "ocpp1.6") {
    const [, , payload] = await link.ask("GetConfiguration", { key: ["SecurityProfile"] });
    return (payload as { configurationKey: readonly { value: string }[] }).configurationKey[0]?.value;
  }
  const [, , payload] = await link.ask("GetVariables", {
    getVariableData: [place("SecurityCtrlr", "SecurityProfile")],
  });
  return (payload as { getVariableResult: readonly { attributeValue: string }[] }).getVariableResult[0]?.attributeValue;
}

/** A CSMS with TLS that takes these passwords, and one that has none takes whoever shows a certificate of its root. */
async function secured(options: {
  readonly passwords?: readonly string[];
  readonly password?: string | false;
  /** The link begins without TLS, at a CSMS of its own. */
  readonly plain?: boolean;
  readonly root?: false;
  readonly urls?: (secure: string) => Record<string, string>;
}) {
  const passwords = [...(options.passwords ?? [OLD, NEW])];
  const { kit, root, tls } = await pki;
  const seen: (string | undefined)[] = [];
  const admits = (authorization: string | undefined) => {
    const password = authorization && Buffer.from(authorization.slice(6), "base64").toString().split(":")[1];
    seen.push(password);
    return password === undefined || passwords.includes(password);
  };
  const plain = await PlainCsms.listen({ answer: friendly, admits: ({ headers }) => admits(headers.authorization) });
  const secure = await PlainCsms.listen({
    tls: { ...tls, requestCert: true, rejectUnauthorized: false },
    answer: (action, payload) => (action === "SignCertificate" ? { status: "Accepted" } : friendly(action, payload)),
    admits: ({ headers }) => admits(headers.authorization),
  });
  const { password = OLD } = options;
  const isPlain = options.plain === true;
  const open = (dataDir: string) =>
    openWorld({
      csmsUrl: isPlain ? plain.url : secure.url,
      config: {
        dataDir,
        csms: {
          url: isPlain ? plain.url : secure.url,
          ...(password === false ? {} : { password }),
          ...(options.root === false ? {} : { tls: { ca: root.pem } }),
          ...(isPlain && { profileUrls: options.urls?.(secure.url) ?? { "2": secure.url } }),
          certificates: { organisation: CPO },
        },
        stations: [{ match: "*", securityProfile: 0 }],
      },
    });
  const dataDir = mkdtempSync(join(tempDir(), "settings-"));
  const world = await open(dataDir);
  return {
    world,
    plain,
    secure,
    kit,
    root,
    seen,
    /** Another gateway over the same data. */
    async restarted() {
      await world.gateway.stop();
      return open(dataDir);
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await plain.close();
      await secure.close();
    },
  };
}

const pki = (async () => {
  const kit = await openPkiKit();
  const root = await kit.authority("CSMS root");
  return { kit, root, tls: await serverTls(kit, root) };
})();

async function serverTls(kit: PkiKit, root: Authority) {
  const id = await kit.keys.generate("other", "ec-p256");
  const tls = await kit.keys.tls(id);
  const spki = (await kit.keys.publicKey(id)) ?? new Uint8Array();
  const names = ["localhost", "127.0.0.1"];
  const subject = { organisation: CPO, commonName: "localhost" };
  return { cert: await root.issue({ subject, spki, role: "server", names }), key: "key" in tls ? String(tls.key) : "" };
}

async function boot(world: World, version: Version, answer: (action: string) => object | undefined = () => undefined) {
  const station = (await world.dial("CP1", version)).answering(answer);
  await station.ask("BootNotification", BOOT[version] ?? {});
  return station;
}

const events = (world: World) => world.security.map(({ type, detail }) => `${type} ${detail}`);

for (const version of VERSIONS) {
  test(`TC_A_09, TC_073 - a password that the CSMS sets is used with the next link, and reaches no station (${version})`, async () => {
    await using rig = await secured({});
    const station = await boot(rig.world, version);
    const link = await rig.secure.link("CP1");
    assert.is(await setPassword(link, version, NEW), "Accepted");
    const next = await rig.secure.link("CP1", 1);
    assert.is(statusOfHeartbeat(await station.ask("Heartbeat")), "answered");
    assert.equal(rig.seen, [OLD, NEW]);
    assert.is(await profileOf(next, version), "2");
    assert.equal(station.calls(), []);
    assert.ok(events(rig.world).includes("ReconfigurationOfSecurityParameters north:password"));
    assert.not.match(events(rig.world).join(), new RegExp(NEW));
  });

  test(`TC_A_10 - a password that cannot be one is Rejected, and the old one stays (${version})`, async () => {
    await using rig = await secured({});
    await boot(rig.world, version);
    const link = await rig.secure.link("CP1");
    assert.is(await setPassword(link, version, "short"), "Rejected");
    await link.close(1001);
    await rig.secure.link("CP1", 1);
    assert.equal(rig.seen, [OLD, OLD]);
  });
}

const statusOfHeartbeat = (answer: Json): string => (answer[0] === 3 ? "answered" : "refused");

// --- raising the profile ----------------------------------------------------------------------------------------------

/** Has the station a certificate of the CSMS's. */
async function certify(rig: Awaited<ReturnType<typeof secured>>, csms: PlainCsms, version: Version): Promise<Peer> {
  const link = await csms.link("CP1");
  await trigger(link, version);
  const [, , , payload] = await link.call("SignCertificate");
  const { csr } = payload as { csr: string };
  const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const request = await rig.kit.x509.readRequest(der);
  const chain = await rig.root.issue({
    subject: { organisation: CPO, commonName: "CP1" },
    spki: request?.spki ?? new Uint8Array(),
  });
  assert.is(statusIn(await link.ask("CertificateSigned", { certificateChain: chain })), "Accepted");
  const next = await csms.link("CP1", 1);
  await next.call("Heartbeat");
  return next;
}

const shownAt = (link: { readonly request: { readonly socket: unknown } }): unknown =>
  (link.request.socket as { getPeerCertificate(): { subject?: { CN?: string } } }).getPeerCertificate().subject?.CN;

test("TC_083 - the profile rises from 1 to 2 and to 3, each tried and kept, and never falls (1.6)", async () => {
  await using rig = await secured({ plain: true });
  const station = await boot(rig.world, "ocpp1.6");
  const first = await rig.plain.link("CP1");
  assert.is(await profileOf(first, "ocpp1.6"), "1");
  assert.is(statusIn(await first.ask("ChangeConfiguration", { key: "SecurityProfile", value: "2" })), "Accepted");
  const second = await rig.secure.link("CP1");
  await until("the trial to end", () => rig.world.gateway.counters.linkProfileChanges === 1);
  assert.is(await profileOf(second, "ocpp1.6"), "2");
  const certified = await certify(rig, rig.secure, "ocpp1.6");
  assert.is(statusIn(await certified.ask("ChangeConfiguration", { key: "SecurityProfile", value: "3" })), "Accepted");
  const third = await rig.secure.link("CP1", 2);
  await until("the trial to end", () => rig.world.gateway.counters.linkProfileChanges === 2);
  assert.is(shownAt(third), "CP1");
  assert.is(third.request.headers.authorization, undefined, "no password in profile 3");
  assert.is(await profileOf(third, "ocpp1.6"), "3");
  for (const value of ["0", "1", "2", "3", "4", "x"])
    assert.is(statusIn(await third.ask("ChangeConfiguration", { key: "SecurityProfile", value })), "Rejected", value);
  assert.is(statusOfHeartbeat(await station.ask("Heartbeat")), "answered");
  assert.equal(station.calls(), []);
  await using again = await rig.restarted();
  await boot(again, "ocpp1.6");
  assert.is(await profileOf(await rig.secure.link("CP1", 3), "ocpp1.6"), "3", "kept over a restart");
});

test("TC_084 - without a root, a certificate, a password or an endpoint the profile is Rejected, and the link stays (1.6)", async () => {
  const raise = async (link: Peer, value: string) =>
    statusIn(await link.ask("ChangeConfiguration", { key: "SecurityProfile", value }));
  await using rootless = await secured({ plain: true, root: false });
  await boot(rootless.world, "ocpp1.6");
  const link = await rootless.plain.link("CP1");
  assert.equal([await raise(link, "2"), await raise(link, "3")], ["Rejected", "Rejected"]);
  await using bare = await secured({ plain: true, password: false });
  await boot(bare.world, "ocpp1.6");
  const open = await bare.plain.link("CP1");
  assert.equal(
    [await raise(open, "1"), await raise(open, "2"), await raise(open, "3")],
    ["Rejected", "Rejected", "Rejected"],
  );
  assert.is(await setPassword(open, "ocpp1.6", NEW), "Accepted");
  assert.is(await raise(open, "1"), "Accepted", "now there is a password");
  await bare.plain.link("CP1", 1);
  assert.equal(bare.seen, [undefined, NEW]);
  assert.is(rootless.plain.linksOf("CP1").length, 1);
});

test("TC_083, A05 - a profile with which the CSMS cannot be reached makes way for the one before, and is reported", async () => {
  await using rig = await secured({ plain: true, urls: (url) => ({ "2": url.replace(/:\d+/, ":1") }) });
  await boot(rig.world, "ocpp1.6");
  const first = await rig.plain.link("CP1");
  assert.is(statusIn(await first.ask("ChangeConfiguration", { key: "SecurityProfile", value: "2" })), "Accepted");
  const back = await rig.plain.link("CP1", 1);
  assert.is(await profileOf(back, "ocpp1.6"), "1");
  assert.is(rig.world.gateway.counters.linkProfileFallbacks, 1);
  assert.ok(events(rig.world).some((event) => event.startsWith("NorthProfileFailed")));
});

// --- network profiles (2.0.1) -----------------------------------------------------------------------------------------

const network = (ocppCsmsUrl: string, securityProfile: number, configurationSlot = 1) => ({
  configurationSlot,
  connectionData: {
    ocppVersion: "OCPP20",
    ocppTransport: "JSON",
    ocppCsmsUrl,
    messageTimeout: 30,
    securityProfile,
    ocppInterface: "Wired0",
  },
});

const prioritise = (link: Peer, order: string) =>
  setVariable(link, "OCPPCommCtrlr", "NetworkConfigurationPriority", order);

test("TC_A_19 - a network profile of a higher security profile is used after the reboot, and lower ones are gone", async () => {
  await using rig = await secured({ plain: true });
  const station = await boot(rig.world, "ocpp2.0.1", () => ({ status: "Accepted" }));
  const link = await rig.plain.link("CP1");
  assert.is(statusIn(await link.ask("SetNetworkProfile", network(rig.secure.url, 2))), "Accepted");
  assert.is(await prioritise(link, "2,1"), "Rejected", "a slot that is not there");
  assert.is(await prioritise(link, "1,0"), "RebootRequired");
  assert.is(statusIn(await link.ask("Reset", { type: "Immediate" })), "Accepted");
  assert.is(rig.secure.links.length, 0, "not before the station's reboot");
  await station.close();
  await boot(rig.world, "ocpp2.0.1");
  const next = await rig.secure.link("CP1");
  await until("the trial to end", () => rig.world.gateway.counters.linkProfileChanges === 1);
  assert.is(await profileOf(next, "ocpp2.0.1"), "2");
  assert.is(await prioritise(next, "0"), "Rejected", "no way back to profile 1");
});

test("TC_A_20 - without a root of the CSMS a profile with TLS is not given priority", async () => {
  await using rig = await secured({ plain: true, root: false });
  await boot(rig.world, "ocpp2.0.1");
  const link = await rig.plain.link("CP1");
  assert.is(statusIn(await link.ask("SetNetworkProfile", network(rig.secure.url, 2))), "Accepted");
  assert.is(await prioritise(link, "1"), "Rejected");
});

test("TC_A_21 - without a certificate of the station profile 3 is not given priority; with one it is", async () => {
  await using rig = await secured({});
  const station = await boot(rig.world, "ocpp2.0.1");
  const link = await rig.secure.link("CP1");
  assert.is(statusIn(await link.ask("SetNetworkProfile", network(rig.secure.url, 3))), "Accepted");
  assert.is(await prioritise(link, "1"), "Rejected");
  const certified = await certify(rig, rig.secure, "ocpp2.0.1");
  assert.is(await prioritise(certified, "1"), "RebootRequired");
  await station.close();
  await boot(rig.world, "ocpp2.0.1");
  const third = await rig.secure.link("CP1", 2);
  await until("the trial to end", () => rig.world.gateway.counters.linkProfileChanges === 1);
  assert.is(third.request.headers.authorization, undefined);
  assert.is(shownAt(third), "CP1");
});

test("TC_A_22 - a lower security profile is Rejected, however it is asked for; so is another CSMS", async () => {
  await using rig = await secured({});
  const station = await boot(rig.world, "ocpp2.0.1");
  const link = await rig.secure.link("CP1");
  assert.is(statusIn(await link.ask("SetNetworkProfile", network(rig.plain.url, 1))), "Rejected");
  assert.is(statusIn(await link.ask("SetNetworkProfile", network("wss://evil.example/ocpp", 2))), "Rejected");
  assert.is(await setVariable(link, "SecurityCtrlr", "SecurityProfile", "1"), "Rejected");
  assert.is(await profileOf(link, "ocpp2.0.1"), "2");
  assert.equal(station.calls(), []);
});

// --- mixed questions --------------------------------------------------------------------------------------------------

test("B05, B06 - one call about settings of both is answered as one, and the station sees its part (2.0.1)", async () => {
  await using rig = await secured({});
  const asked: unknown[] = [];
  const heartbeat = place("OCPPCommCtrlr", "HeartbeatInterval");
  const station = await boot(rig.world, "ocpp2.0.1");
  station.answering((action: string, payload: object) => {
    asked.push([action, payload]);
    return action === "GetVariables"
      ? { getVariableResult: [{ ...heartbeat, attributeStatus: "Accepted", attributeValue: "60" }] }
      : { setVariableResult: [{ ...heartbeat, attributeStatus: "Accepted" }] };
  });
  const link = await rig.secure.link("CP1");
  const organisation = place("SecurityCtrlr", "OrganizationName");
  const [, , set] = await link.ask("SetVariables", {
    setVariableData: [
      { ...organisation, attributeValue: "Other CPO" },
      { ...heartbeat, attributeValue: "60" },
    ],
  });
  assert.equal(set, {
    setVariableResult: [
      { ...organisation, attributeStatus: "Accepted" },
      { ...heartbeat, attributeStatus: "Accepted" },
    ],
  });
  const [, , got] = await link.ask("GetVariables", { getVariableData: [heartbeat, organisation] });
  assert.equal(got, {
    getVariableResult: [
      { ...heartbeat, attributeStatus: "Accepted", attributeValue: "60" },
      { ...organisation, attributeStatus: "Accepted", attributeValue: "Other CPO" },
    ],
  });
  assert.equal(asked, [
    ["SetVariables", { setVariableData: [{ ...heartbeat, attributeValue: "60" }] }],
    ["GetVariables", { getVariableData: [heartbeat] }],
  ]);
});

test("B07 - a report of the station holds the gateway's word on the link", async () => {
  await using rig = await secured({});
  const station = await boot(rig.world, "ocpp2.0.1", () => ({ status: "Accepted" }));
  const link = await rig.secure.link("CP1");
  await link.ask("GetBaseReport", { requestId: 5, reportBase: "FullInventory" });
  const row = (component: string, variable: string, value: string) => ({
    ...place(component, variable),
    variableAttribute: [{ value }],
  });
  const reportData = [row("SecurityCtrlr", "SecurityProfile", "1"), row("EVSE", "Power", "9")];
  const head = { requestId: 5, generatedAt: "2026-01-01T00:00:00Z", seqNo: 0 };
  await station.ask("NotifyReport", { ...head, reportData });
  const [, , , told] = await link.call("NotifyReport");
  const rows = (told as { reportData: readonly ReturnType<typeof row>[] }).reportData;
  const of = (name: string) => rows.filter(({ variable }) => variable.name === name);
  assert.equal(
    of("SecurityProfile").map(({ variableAttribute: [one] }) => one?.value),
    ["2"],
  );
  assert.is(of("Power").length, 1);
  assert.not("value" in (of("BasicAuthPassword")[0]?.variableAttribute[0] ?? {}));
});

test("CpoName - the operator's name that the CSMS sets is the one in the next request (1.6)", async () => {
  await using rig = await openCertificateWorld();
  const { link, station } = await booted(rig, "ocpp1.6");
  assert.is(statusIn(await link.ask("ChangeConfiguration", { key: "CpoName", value: "Other CPO" })), "Accepted");
  assert.is(statusIn(await link.ask("ChangeConfiguration", { key: "CpoName", value: "" })), "Rejected");
  await trigger(link, "ocpp1.6");
  const [, , , payload] = await link.call("SignCertificate");
  const der = Buffer.from((payload as { csr: string }).csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
  assert.match(der.toString("latin1"), "Other CPO");
  for (const key of ["CertificateSignedMaxChainSize", "CertificateStoreMaxLength", "AdditionalRootCertificateCheck"])
    assert.is(statusIn(await link.ask("ChangeConfiguration", { key, value: "1" })), "Rejected", "read only");
  const [, , all] = await link.ask("GetConfiguration", { key: ["CertificateSignedMaxChainSize", "CpoName"] });
  assert.equal(all, {
    configurationKey: [
      { key: "CpoName", readonly: false, value: "Other CPO" },
      { key: "CertificateSignedMaxChainSize", readonly: true, value: "10000" },
    ],
  });
  assert.equal(station.calls(), []);
});

test.run();
