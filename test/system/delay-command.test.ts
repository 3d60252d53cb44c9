// deadline: 120s
/** `twinlane delay` against the daemon as it runs: real process, real socket, and another process after it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runCli, startDaemon } from "../support/daemon.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { dial } from "../support/ws-peer.ts";

const CARD = "CARD04A1B2C3D4";
const BOOT = { chargePointVendor: "V", chargePointModel: "M" };

test("what the delay holds back is listed, survives kill -9, goes by the owner's hand, and the next is not held", async () => {
  const csms = await PlainCsms.listen();
  const file = join(tempDir(), "twinlane.json");
  const document = {
    dataDir: join(tempDir(), "data"),
    listen: { port: 0 },
    csms: { url: csms.url },
    stations: [{ match: "*", securityProfile: 0, ukSmartCharging: { maxDelaySec: 1800 } }],
    backoff: { minSec: 0.1, maxSec: 0.2, jitterSec: 0 },
    admin: false,
    shutdownSec: 1,
  };
  writeFileSync(file, JSON.stringify(document), { mode: 0o600 });
  const delay = (...args: string[]) => runCli(["delay", ...args, "--config", file]);
  const started = async () => {
    const daemon = startDaemon(["run", "--config", file]);
    const links = csms.linksOf("CP1").length;
    const station = await dial(`${String((await daemon.logged("ready"))["urls"])}/CP1`, ["ocpp1.6"]);
    station.answering(() => ({ status: "Accepted" }));
    await station.ask("BootNotification", BOOT);
    return { daemon, station, link: await csms.link("CP1", links) };
  };

  const first = await started();
  // One of 1801 draws is no delay at all: then the station answers, and another is asked for.
  let held: readonly object[] = [];
  for (let tries = 0; tries < 3 && held.length === 0; tries += 1) {
    const answer = await first.link.ask("RemoteStartTransaction", { connectorId: 1, idTag: CARD });
    assert.equal(answer[2], { status: "Accepted" });
    held = JSON.parse((await delay("list", "--json")).stdout).held;
  }
  assert.is(held.length, 1);
  const table = (await delay("list")).stdout;
  assert.match(table, /^station +command +goes in\nCP1 +RemoteStartTransaction +\d/);
  assert.not.match(table + JSON.stringify(held), CARD);
  first.daemon.kill("SIGKILL");
  await first.daemon.exit;
  const away = await delay("list");
  assert.is.not(away.code, 0);
  assert.match(away.stderr, /\S/);

  const second = await started();
  const sent = second.station.call("RemoteStartTransaction");
  const outcome = await delay("override", "CP1", "--minutes", "60");
  assert.equal([outcome.code, outcome.stdout + outcome.stderr], [0, "1 command goes now\n"]);
  assert.equal((await sent)[3], { connectorId: 1, idTag: CARD });
  const next = second.station.call("RemoteStartTransaction", 1);
  await second.link.ask("RemoteStartTransaction", { connectorId: 2, idTag: CARD });
  assert.equal((await next)[3], { connectorId: 2, idTag: CARD });
  assert.match((await delay("override", "CP1", "--minutes", "a")).stderr, /Not minutes of a day/);
  assert.equal(JSON.parse((await delay("override", "CP2", "--json")).stdout), { commands: 0 });
  second.daemon.kill("SIGTERM");
  await second.daemon.exit;
  await csms.close();
});

test.run();
