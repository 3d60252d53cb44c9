// deadline: 300s
/**
 * A renewal, with the disk as it was after every single thing that was written during it: from each of them a gateway that starts anew
 * gets its station into the CSMS, also into one that takes nothing but the new certificate from the moment it has seen it.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openFileKeyStore } from "../../src/actors/pki/file-key-store.actor.ts";
import { slotName } from "../../src/actors/pki/slot-name.ts";
import type { KeyStore } from "../../src/ports.ts";
import { openCertificateWorld } from "../support/certificate-world.ts";
import { BOOT } from "../support/e2e-world.ts";
import { openPkiKit } from "../support/pki.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const VERSION = "ocpp2.0.1";
const PARTS = ["certificates", "station-keys"];
const ROOT = tempDir();

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

test("from every moment of a renewal a new process gets in, with the old certificate or with the new one", async () => {
  const kit = await openPkiKit();
  const dataDir = mkdtempSync(join(ROOT, "live-"));
  const moments: Moment[] = [];
  let isStrict = false;
  const look = (what: string) => {
    const copy = mkdtempSync(join(ROOT, "moment-"));
    for (const part of PARTS)
      if (existsSync(join(dataDir, part))) cpSync(join(dataDir, part), join(copy, part), { recursive: true });
    moments.push({ what, dataDir: copy, isStrict });
  };
  const keys = watched(openFileKeyStore({ directory: join(dataDir, "station-keys") }), look);
  {
    await using rig = await openCertificateWorld({ kit, dataDir, keys });
    const station = await rig.world.dial("CP1", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    const link = await rig.csms.link("CP1");
    await link.ask("TriggerMessage", { requestedMessage: "SignChargingStationCertificate" });
    await link.call("SignCertificate");
    await link.ask("CertificateSigned", { certificateChain: await rig.sign("CP1") });
    await rig.csms.link("CP1", 1);
    isStrict = true;
    await until("the commit", () => rig.world.security.some(({ detail }) => detail === "north:certificate renewed"));
    await until("its writing", () => moments.at(-1)?.isStrict);
  }
  assert.ok(moments.length > 10 && moments.some((moment) => moment.isStrict));
  for (const { what, dataDir: from, isStrict: insists } of moments) {
    await using rig = await openCertificateWorld({ kit, dataDir: from });
    if (insists) rig.insist(["CSMS root"]);
    const station = await rig.world.dial("CP1", VERSION);
    await station.ask("BootNotification", BOOT[VERSION] ?? {});
    assert.is.not(rig.shown.at(-1), undefined, what);
    if (insists) assert.is(rig.shown.at(-1), "CP1", what);
  }
});

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
