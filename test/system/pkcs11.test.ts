// deadline: 120s
/** The gateway as a process whose keys are in SoftHSM: renewals, kills in the middle of them, a token that goes and comes back. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CertificateCsms, CPO, openCertificateCsms } from "../support/certificate-world.ts";
import { runCli } from "../support/daemon.ts";
import { BOOT } from "../support/e2e-world.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { requires } from "../support/requires.ts";
import { hasSoftHsm, makeSoftHsm } from "../support/softhsm.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { dial } from "../support/ws-peer.ts";

const VERSION = "ocpp2.0.1";
const PATIENCE_MS = 30_000;
const there = hasSoftHsm();
const withToken = requires("softhsm2", there);
const hsm = there ? makeSoftHsm() : undefined;
const ROOT = tempDir();

function documentFor({ csms, root }: CertificateCsms, keys: object) {
  return {
    keys,
    listen: { port: 0 },
    csms: { url: csms.url, tls: { ca: root.pem }, certificates: { organisation: CPO } },
    stations: [{ match: "*", securityProfile: 0 }],
    backoff: { minSec: 0.2, maxSec: 0.5, jitterSec: 0 },
  };
}

async function booted(gateway: GatewayProcess, station: string) {
  const peer = await dial(`${gateway.urls[0]}/${station}`, [VERSION], {});
  await peer.ask("BootNotification", BOOT[VERSION] ?? {});
  return peer;
}

/** The station's newest link to the CSMS, once there are more than `before`. */
const linkAfter = ({ csms }: CertificateCsms, station: string, before: number) =>
  until(`a link of ${station}`, () => csms.linksOf(station).slice(before).at(-1), PATIENCE_MS);

const requestsOf = ({ csms }: CertificateCsms, station: string): number =>
  csms.linksOf(station).flatMap((link) => link.calls("SignCertificate")).length;

/** The CSMS asks for a request until one comes: a link that is about to be dialled anew may take the question with it. */
async function asked(north: CertificateCsms, station: string): Promise<void> {
  const before = requestsOf(north, station);
  for (let left = 10; left > 0; left -= 1) {
    void north.csms
      .linksOf(station)
      .at(-1)
      ?.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" })
      .catch(() => undefined);
    const came = until("a request", () => requestsOf(north, station) > before, PATIENCE_MS / 10);
    if (await came.catch(() => false)) return;
  }
  throw new Error(`no request of ${station}`);
}

/** The CSMS asks for a request, signs it, and waits for the link that shows the certificate. */
async function renew(north: CertificateCsms, station: string): Promise<void> {
  await asked(north, station);
  const before = north.csms.linksOf(station).length;
  const signed = { certificateChain: await north.sign(station) };
  await north.csms.linksOf(station).at(-1)?.ask("CertificateSigned", signed);
  await (await linkAfter(north, station, before)).call("Heartbeat");
}

const keysOf = (station: string) => (hsm?.keys() ?? []).filter((label) => label.startsWith(station));

/** Everything below a directory, as text. */
const textsIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

withToken("a certificate is asked for, signed, shown and renewed with keys that are in the token alone", async () => {
  const north = await openCertificateCsms();
  const directory = mkdtempSync(join(ROOT, "renew-"));
  const document = documentFor(north, { store: hsm?.uri, pin: hsm?.pin });
  let gateway = await startGatewayProcess(directory, document);
  await booted(gateway, "CPA");
  await linkAfter(north, "CPA", 0);
  await renew(north, "CPA");
  const [first] = keysOf("CPA");
  north.insist(["CSMS root"]);
  await renew(north, "CPA");
  await until("the first key's end", () => !keysOf("CPA").includes(first ?? ""), PATIENCE_MS);
  assert.is(keysOf("CPA").length, 1);
  await gateway.kill("SIGKILL");
  gateway = await startGatewayProcess(directory, document);
  const before = north.csms.linksOf("CPA").length;
  await booted(gateway, "CPA");
  await linkAfter(north, "CPA", before);
  assert.is(north.shown.at(-1), "CPA");
  await gateway.kill("SIGTERM");
  const written = textsIn(join(directory, "data")) + JSON.stringify(gateway.log);
  assert.not.match(written, /PRIVATE KEY/);
  assert.not.ok(written.includes(hsm?.pin ?? "") || written.includes(encodeURIComponent(hsm?.pin ?? "")));
  await north.csms.close();
});

const MOMENTS = ["the trigger", "SignCertificate", "CertificateSigned", "the new link"] as const;

/** Brings a station's first renewal to this moment. */
async function renewalUntil(north: CertificateCsms, station: string, moment: (typeof MOMENTS)[number]): Promise<void> {
  const link = await linkAfter(north, station, 0);
  await link.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" });
  if (moment === "the trigger") return;
  await link.call("SignCertificate");
  if (moment === "SignCertificate") return;
  await link.ask("CertificateSigned", { certificateChain: await north.sign(station) });
  if (moment === "the new link") await linkAfter(north, station, 1);
}

withToken(
  "killed at any moment of a renewal, the gateway gets its stations in again, and leaves no key behind",
  async () => {
    const north = await openCertificateCsms();
    const directory = mkdtempSync(join(ROOT, "kill-"));
    const document = documentFor(north, { store: hsm?.uri, pin: hsm?.pin });
    const stations = MOMENTS.map((moment, i) => ({ moment, id: `CPK${i}` }));
    let gateway = await startGatewayProcess(directory, document);
    for (const { id } of stations) await booted(gateway, id);
    // The latest moment first, so that the kill finds each of them at its own.
    for (const { id, moment } of stations.toReversed()) await renewalUntil(north, id, moment);
    await gateway.kill("SIGKILL");
    gateway = await startGatewayProcess(directory, document);
    for (const { id, moment } of stations) {
      const before = north.csms.linksOf(id).length;
      await booted(gateway, id);
      await linkAfter(north, id, before);
      if (moment === "the new link" || moment === "CertificateSigned") assert.is(north.shown.at(-1), id, moment);
    }
    // Whatever became of the first ones, a renewal ends well, and with one key.
    for (const { id } of stations) await renew(north, id);
    for (const { id, moment } of stations)
      await until(`one key after ${moment}`, () => keysOf(id).length === 1, PATIENCE_MS);
    await gateway.kill("SIGTERM");
    await north.csms.close();
  },
);

withToken(
  "a token that goes leaves open links alone; when it is back, a new process has the station in again",
  async () => {
    await hsm?.plugIn();
    const north = await openCertificateCsms();
    const directory = mkdtempSync(join(ROOT, "gone-"));
    const document = documentFor(north, { store: hsm?.kitUri, pin: hsm?.pin });
    const gateway = await startGatewayProcess(directory, document);
    const station = await booted(gateway, "CPG");
    await linkAfter(north, "CPG", 0);
    await renew(north, "CPG");
    north.insist(["CSMS root"]);
    await hsm?.pullOut();
    assert.is((await station.ask("Heartbeat"))[0], 3, "the link that is open goes on");
    const before = north.csms.linksOf("CPG").length;
    north.csms.linksOf("CPG").at(-1)?.ws.terminate();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.is(north.csms.linksOf("CPG").length, before);
    assert.ok(gateway.isUp && station.isOpen, "the station is served by the spool");
    await hsm?.plugIn();
    const outcome = await until(
      "the end of the old process, or a link of its",
      () => (gateway.isUp ? north.csms.linksOf("CPG").length > before && "linked" : "ended"),
      PATIENCE_MS,
    );
    // Once nothing holds a context from before any more, the engine begins anew: then no new process is needed.
    const code = await gateway.kill("SIGKILL");
    if (outcome === "ended") assert.is(code, 75);
    const next = await startGatewayProcess(directory, document);
    const beforeNext = north.csms.linksOf("CPG").length;
    await booted(next, "CPG");
    await linkAfter(north, "CPG", beforeNext);
    assert.is(north.shown.at(-1), "CPG");
    assert.not.ok(
      gateway.log.some(({ msg }) => /does not work/.test(msg)),
      "the certificate was not blamed",
    );
    // Pulled out again, and this time the gateway starts without it: it goes on by itself when it is there.
    await next.kill("SIGTERM");
    await hsm?.pullOut();
    const without = await startGatewayProcess(directory, document);
    const late = await dial(`${without.urls[0]}/CPG`, [VERSION], {});
    await until("the log", () => without.log.some(({ code }) => code === "ERR_KEY_TOKEN_MISSING"), PATIENCE_MS);
    const links = north.csms.linksOf("CPG").length;
    await hsm?.plugIn();
    await linkAfter(north, "CPG", links);
    assert.is(north.shown.at(-1), "CPG");
    late.ws.terminate();
    await without.kill("SIGTERM");
    await hsm?.pullOut();
    await north.csms.close();
  },
);

withToken("check-config names what is missing: token, PIN, library", async () => {
  const directory = mkdtempSync(join(ROOT, "check-"));
  const north = await openCertificateCsms();
  const { writeFileSync } = await import("node:fs");
  const file = join(directory, "twinlane.json");
  const check = async (keys: object) => {
    writeFileSync(
      file,
      JSON.stringify({ ...documentFor(north, keys), admin: false, dataDir: join(directory, "data") }),
      { mode: 0o600 },
    );
    const { stdout } = await runCli(["check-config", file, "--json"]);
    const { errors } = JSON.parse(stdout) as { errors: { code: string; pointer: string }[] };
    return errors.map(({ code, pointer }) => `${code} ${pointer}`);
  };
  const store = hsm?.uri ?? "";
  assert.equal(await check({ store, pin: hsm?.pin }), []);
  assert.equal(await check({ store, pin: "0000" }), ["ERR_KEY_PIN /keys/pin"]);
  const another = store.replace(/token=[^?]*/, "token=another");
  assert.equal(await check({ store: another, pin: "0000" }), ["ERR_KEY_TOKEN_MISSING /keys/store"]);
  assert.equal(await check({ store: `${store}.not`, pin: "0" }), ["ERR_KEY_ENGINE_MISSING /keys/store"]);
  assert.equal(await check({ store: `${store}&pin-value=1`, pin: "0" }), ["ERR_CONFIG_INVALID /keys/store"]);
  await north.csms.close();
});

test.run();
