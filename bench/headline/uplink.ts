/** The three runs over one and the same uplink: a card alone, everything as OCPP, and through the gateway. */
import { setTimeout as pause } from "node:timers/promises";
import { LedgerGateway } from "../../test/ledger/gateway.ts";
import { freePort } from "../../test/ledger/rig.ts";
import { type FaultyLink, FaultyNetwork } from "../../test/support/faulty-network.ts";
import { LedgerCsms } from "../../test/support/ledger-csms.ts";
import { startMosquitto } from "../../test/support/mosquitto.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { tempDir } from "../../test/support/temp-dir.ts";
import { type Drivers, FieldStation } from "./station.ts";

export interface HeadlineOptions {
  readonly stations: number;
  readonly seconds: number;
  readonly bandwidthBps: number;
  readonly rttMs: number;
  readonly reportSec: number;
  readonly cardSec: number;
  readonly batchMs: number;
  readonly seed: number;
}

export interface ChannelBytes {
  readonly up: number;
  readonly down: number;
}

export interface RunResult {
  readonly drivers: Drivers;
  readonly ocpp: ChannelBytes;
  readonly mqtt: ChannelBytes;
  readonly sentReports: number;
  readonly droppedReports: number;
  readonly seconds: number;
}

/** IP and TCP headers of a segment. */
const HEADER_BYTES = 52;
const WARM_UP_MS = 10_000;

const uplinkOf = ({ bandwidthBps, rttMs }: HeadlineOptions): FaultyNetwork =>
  new FaultyNetwork({ bandwidthBps, delayMs: rttMs / 2, overheadBytes: HEADER_BYTES });

/** One driver with one card, nothing else on the line: what the uplink itself costs. */
export async function idleRun(options: HeadlineOptions, seconds: number): Promise<RunResult> {
  const csms = await LedgerCsms.listen();
  const uplink = uplinkOf(options);
  const link = await uplink.link(csms.port);
  try {
    const quiet = { ...options, stations: 1, reportSec: undefined, cardSec: 0.2, charges: false };
    return await measure(`ws://127.0.0.1:${link.port}`, quiet, { ocpp: link, seconds, warmUpMs: 1000 });
  } finally {
    await uplink.close();
    await csms.close();
  }
}

/** Stations straight to the CSMS, condition reports and all. */
export async function singleRun(options: HeadlineOptions): Promise<RunResult> {
  const csms = await LedgerCsms.listen();
  const uplink = uplinkOf(options);
  const link = await uplink.link(csms.port);
  try {
    return await measure(`ws://127.0.0.1:${link.port}`, options, { ocpp: link });
  } finally {
    await uplink.close();
    await csms.close();
  }
}

/** The same stations through the gateway: its CSMS and its MQTT broker are both behind the uplink. */
export async function dualRun(options: HeadlineOptions): Promise<RunResult> {
  const csms = await LedgerCsms.listen();
  const broker = await startMosquitto();
  const uplink = uplinkOf(options);
  const ocpp = await uplink.link(csms.port);
  const mqtt = await uplink.link(broker.port);
  const port = await freePort();
  const gateway = new LedgerGateway({
    directory: tempDir(),
    port,
    csmsUrl: `ws://127.0.0.1:${ocpp.port}/csms`,
    config: {
      stationDefaults: { securityProfile: 0, fork: "divert" },
      health: { gateway: "headline", batchMs: options.batchMs, mqtt: { url: `mqtt://127.0.0.1:${mqtt.port}` } },
      uplink: { bandwidthBps: options.bandwidthBps },
      limits: { connectionsPerAddress: 0, connectRatePerAddress: 0 },
      backoff: { minSec: 0.5, maxSec: 2, jitterSec: 0.5 },
      spool: {},
      offline: {},
    },
  });
  try {
    await gateway.start();
    return await measure(`ws://127.0.0.1:${port}`, options, { ocpp, mqtt });
  } finally {
    await gateway.kill();
    await uplink.close();
    await broker.stop();
    await csms.close();
  }
}

interface Measured {
  readonly ocpp: FaultyLink;
  readonly mqtt?: FaultyLink;
  readonly seconds?: number;
  readonly warmUpMs?: number;
}

interface Load extends Omit<HeadlineOptions, "reportSec"> {
  readonly reportSec: number | undefined;
  readonly charges?: boolean;
}

async function measure(
  url: string,
  { stations: count, seed, reportSec, cardSec, charges = true, ...options }: Load,
  { ocpp, mqtt, seconds = options.seconds, warmUpMs = WARM_UP_MS }: Measured,
): Promise<RunResult> {
  const stations = Array.from({ length: count }, (_, i) => {
    const version = i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1";
    const random = seededRandom(seed * 1009 + i);
    return new FieldStation({ url, identity: `FIELD-${i}`, version, random, reportSec, cardSec, charges });
  });
  const drivers: Drivers = { authorizeMs: [], cards: 0, starts: 0, failedStarts: 0 };
  let counted: Drivers | undefined;
  try {
    await Promise.all(stations.map((station) => station.connect()));
    for (const station of stations) station.live(() => counted);
    await pause(warmUpMs);
    counted = drivers;
    const before = [bytesOf(ocpp), bytesOf(mqtt)] as const;
    await pause(1000 * seconds);
    counted = undefined;
    const after = [bytesOf(ocpp), bytesOf(mqtt)] as const;
    // Cards shown at the end have their thirty seconds too, as long as there are any under way.
    for (let i = 0; i < 31 && drivers.authorizeMs.length < drivers.cards; i += 1) await pause(1000);
    return {
      drivers,
      ocpp: difference(after[0], before[0]),
      mqtt: difference(after[1], before[1]),
      sentReports: stations.reduce((sum, station) => sum + station.sentReports, 0),
      droppedReports: stations.reduce((sum, station) => sum + station.droppedReports, 0),
      seconds,
    };
  } finally {
    for (const station of stations) station.stop();
  }
}

const bytesOf = (link: FaultyLink | undefined): ChannelBytes => ({
  up: link?.bytes("up") ?? 0,
  down: link?.bytes("down") ?? 0,
});

const difference = (after: ChannelBytes, before: ChannelBytes): ChannelBytes => ({
  up: after.up - before.up,
  down: after.down - before.down,
});
