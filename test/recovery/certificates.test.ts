// deadline: 300s
/**
 * A renewal, with the disk as it was after every single thing that was written during it: from each of them a gateway that starts anew
 * gets its station into the CSMS, also into one that takes nothing but the new certificate from the moment it has seen it.
 */
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openFileKeyStore } from "../../src/actors/pki/file-key-store.actor.ts";
import { slotName } from "../../src/actors/pki/slot-name.ts";
import type { KeyStore } from "../../src/ports.ts";
import {
  booted,
  type CertificateWorld,
  type CertificateWorldOptions,
  openCertificateWorld,
  trigger,
} from "../support/certificate-world.ts";
import { hasOpenssl } from "../support/certs.ts";
import { BOOT } from "../support/e2e-world.ts";
import { openEstServer } from "../support/est-server.ts";
import { openPkiKit } from "../support/pki.ts";
import { requires } from "../support/requires.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const VERSION = "ocpp2.0.1";
const PARTS = ["certificates", "station-keys"];
const TRIGGER = ["TriggerMessage", { requestedMessage: "SignChargingStationCertificate" }] as const;
const ROOT = tempDir();
const testWithOpenssl = requires("openssl", hasOpenssl());

interface Moment {
  readonly what: string;
  readonly dataDir: string;
  /** The CSMS had let the station in with its new certificate. */
  readonly isStrict: boolean;
}

/** The key store is asked something before and after everything that is written: so each call is a moment. */
function watched(keys: KeyStore, look: (what: string) => void): KeyStore {
  const around = <A extends unknown[], R>(name: string, run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      look(`before ${name}`);
      const result = await run(...args);
      look(`after ${name}`);
      return result;
    };
  };
  return {
    generate: around("generate", (slot, kind) => keys.generate(slot, kind)),
    publicKey: around("publicKey", (id) => keys.publicKey(id)),
    sign: around("sign", (id, data) => keys.sign(id, data)),
    tls: around("tls", (id) => keys.tls(id)),
    list: around("list", (slot) => keys.list(slot)),
    destroy: around("destroy", (id) => keys.destroy(id)),
  };
}

/** What is on disk at each moment while `live` runs; from when on the CSMS takes nothing but new certificates is for `live` to say. */
async function momentsOf(live: (dataDir: string, keys: KeyStore, insist: () => void) => Promise<void>) {
  const dataDir = mkdtempSync(join(ROOT, "live-"));
  const moments: Moment[] = [];
  let isStrict = false;
  const look = (what: string) => {
    const copy = mkdtempSync(join(ROOT, "moment-"));
    for (const part of PARTS)
      if (existsSync(join(dataDir, part))) cpSync(join(dataDir, part), join(copy, part), { recursive: true });
    moments.push({ what, dataDir: copy, isStrict });
  };
  await live(dataDir, watched(openFileKeyStore({ directory: join(dataDir, "station-keys") }), look), () => {
    isStrict = true;
  });
  await until("the last writing", () => moments.at(-1)?.isStrict);
  assert.ok(moments.length > 10);
  return moments;
}

const isRenewed = ({ world }: CertificateWorld, times = 1) =>
  until(
    "the commit",
    () => world.security.filter(({ detail }) => detail === "north:certificate renewed").length >= times,
  );

/** A new process begins with the disk of each moment, and its station gets in with what the CSMS takes by then. */
async function getsInFrom(moments: readonly Moment[], options: CertificateWorldOptions): Promise<void> {
  for (const { what, dataDir, isStrict } of moments) {
    await using rig = await openCertificateWorld({ ...options, dataDir });
    if (isStrict) rig.insist(["CSMS root"]);
    const station = await rig.world.dial("CP1", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    assert.is.not(rig.shown.at(-1), undefined, what);
    if (isStrict) assert.is(rig.shown.at(-1), "CP1", what);
  }
}

test("from every moment of a renewal a new process gets in, with the old certificate or with the new one", async () => {
  const kit = await openPkiKit();
  const moments = await momentsOf(async (dataDir, keys, insist) => {
    await using rig = await openCertificateWorld({ kit, dataDir, keys });
    const { link } = await booted(rig, VERSION);
    await trigger(link, VERSION);
    await link.ask("CertificateSigned", { certificateChain: await rig.sign("CP1") });
    await rig.csms.link("CP1", 1);
    insist();
    await isRenewed(rig);
  });
  await getsInFrom(moments, { kit });
});

testWithOpenssl(
  "from every moment of two enrolments over EST a new process gets in, and comes to a certificate",
  async () => {
    const kit = await openPkiKit();
    await using est = await openEstServer(kit);
    const certificates = { est: { url: est.url, tls: { ca: est.ca }, password: "a-password-to-begin-with" } };
    const moments = await momentsOf(async (dataDir, keys, insist) => {
      await using rig = await openCertificateWorld({ kit, dataDir, keys, certificates });
      est.authority = rig.root;
      const { link } = await booted(rig, VERSION);
      await until("the first certificate in use", () => rig.shown.includes("CP1"));
      insist();
      await isRenewed(rig);
      await link.closeCode();
      const second = await rig.csms.link("CP1", 1);
      await second.ask(...TRIGGER);
      await isRenewed(rig, 2);
    });
    // The server goes on: whoever comes back without a certificate gets one.
    const [first] = moments.filter(({ isStrict }) => !isStrict).slice(-1);
    await getsInFrom(moments, { kit, certificates, ports: { random: { next: () => 0, uuid: randomUUID } } });
    await using rig = await openCertificateWorld({ kit, certificates, ...(first && { dataDir: first.dataDir }) });
    est.authority = rig.root;
    await booted(rig, VERSION);
    await until("a certificate", () => rig.shown.includes("CP1"));
  },
);

test("a record that cannot be read is set aside, and its keys are kept for whoever can", async () => {
  const kit = await openPkiKit();
  const dataDir = mkdtempSync(join(ROOT, "bad-"));
  const keys = openFileKeyStore({ directory: join(dataDir, "station-keys") });
  const key = await keys.generate("CP1", "ec-p256");
  const file = join(dataDir, "certificates", `${slotName("CP1")}.json`);
  mkdirSync(join(dataDir, "certificates"));
  writeFileSync(file, "{");
  await using rig = await openCertificateWorld({ kit, dataDir });
  const station = await rig.world.dial("CP1", VERSION);
  await station.ask("BootNotification", BOOT[VERSION] ?? {});
  assert.ok(existsSync(`${file}.bad`));
  assert.equal(await keys.list("CP1"), [key]);
});

test.run();
